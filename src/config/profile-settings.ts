import { z } from 'zod';
import { define } from './definition.ts';
import { commaList } from './formats.ts';

/** Claims of OpenID Connect, and of tokens, that an attribute may not be called. */
const taken =
  /^(sub|iss|aud|exp|iat|nbf|jti|azp|nonce|acr|amr|auth_time|sid|at_hash|c_hash|s_hash|cnf|act|scope|client_id|name|given_name|family_name|middle_name|nickname|preferred_username|profile|picture|website|email|email_verified|gender|birthdate|zoneinfo|locale|phone_number|phone_number_verified|address|updated_at|street_address|postal_code|locality|region|country|formatted|csrf|action)$/;

const attribute = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,40}$/)
      .refine(name => !taken.test(name)),
    type: z.enum(['text', 'number', 'boolean', 'date', 'choice']),
    labels: z.record(z.string(), z.string().min(1).max(100)).refine(labels => labels['en'] !== undefined),
    choices: z.array(z.string().min(1).max(100)).default([]),
    read: z.enum(['owner', 'administrator']).default('owner'),
    write: z.enum(['owner', 'administrator']).default('owner'),
    scope: z
      .string()
      .regex(/^[a-z][a-z0-9_:.-]{0,60}$/)
      .refine(scope => !['openid', 'offline_access'].includes(scope))
      .optional(),
  })
  .refine(({ type, choices }) => (type === 'choice') === choices.length > 0)
  // Nobody can change what they cannot see.
  .refine(({ read, write }) => read === 'owner' || write === 'administrator');

const message =
  'must be a JSON list of attributes, each with name, type (text, number, boolean, date, choice), labels (en at least), and perhaps choices, read, write and scope; names and scopes in small letters, and none that OpenID Connect has';

const attributes = z.string().transform((text, context) => {
  try {
    const parsed = z.array(attribute).max(50).safeParse(JSON.parse(text));
    if (parsed.success && new Set(parsed.data.map(({ name }) => name)).size === parsed.data.length) {
      return parsed.data.map(({ scope, ...each }) => ({ ...each, scope }));
    }
  } catch {
    // Said below.
  }
  context.addIssue(message);
  return z.NEVER;
});

/** What a person may be asked for before they reach an app; the name always is. */
const requirable =
  'given_name family_name middle_name nickname birthdate gender phone_number website zoneinfo locale street_address postal_code locality region country';

/** Settings about what is known of people. */
export const profileSettings = {
  accountAttributes: define({
    env: 'ACCOUNT_ATTRIBUTES',
    schema: attributes,
    fallback: '[]',
    fallbackNote: 'none',
    describe:
      'Claims of your own, as a JSON list: `[{"name": "employee_number", "type": "text", "labels": {"en": "Employee number"}, "read": "owner", "write": "administrator", "scope": "employee"}]`. Types are text, number, boolean, date and choice (with `choices`); `read` and `write` are `owner` (the default) or `administrator`; without `scope` no app gets it.',
  }),
  profileRequired: define({
    env: 'PROFILE_REQUIRED',
    schema: commaList(
      z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,40}$/, 'must be names of claims or attributes, separated by commas'),
    ),
    fallback: '',
    fallbackNote: 'only the name',
    describe: `What people are asked for before they reach an app, if it is missing: of ${requirable
      .split(' ')
      .map(name => `\`${name}\``)
      .join(', ')} and of your own attributes that their owner may write.`,
  }),
};

export function isRequirable(
  name: string,
  own: readonly { name: string; write: string }[] | undefined,
): boolean {
  return (
    requirable.split(' ').includes(name) ||
    own?.some(each => each.name === name && each.write === 'owner') === true
  );
}
