import { z } from 'zod';
import { isUsername } from '../accounts/index.ts';
import type { EmailChallenge } from '../email-challenges/index.ts';
import { registerAccount } from '../registration/index.ts';
import { type PageRequest, Refusal } from './define-page.ts';
import { versionsForm, versionsIn } from './documents-form.ts';
import { refusePassword } from './new-password.ts';
import { localeOf } from './render-page.ts';

const nameMissing = 'name.missing';

/** The same form ends the way through an app and the way through a link. */
export const accountForm = z.object({
  name: z.string({ error: nameMissing }).trim().min(1, nameMissing).max(200, nameMissing),
  password: z.string({ error: 'password.missing' }),
  username: z
    .string()
    .trim()
    .refine(value => value === '' || isUsername(value), 'profile.username-invalid')
    .optional(),
  ...versionsForm,
});

/** @returns the id of the account; undefined where the challenge is over */
export async function makeAccount(
  request: Pick<PageRequest, 'deps' | 'ctx' | 'client' | 'uiLocales'>,
  { id, email }: EmailChallenge,
  form: z.output<typeof accountForm>,
  token?: string,
): Promise<string | Refusal<'name' | 'username' | 'password'> | undefined> {
  const { deps, ctx, uiLocales } = request;
  const { name, password } = form;
  const problem = await refusePassword(request, password, { email, name: `${name} ${form.username ?? ''}` });
  if (problem !== undefined) return new Refusal({ password: problem });
  const passwordHash = await deps.hasher.hash(password);
  const locale = localeOf(deps.templates.locales, ctx, uiLocales);
  const documents = { versions: versionsIn(form), locale };
  const username = deps.profileRules.hasUsernames && form.username !== '' ? form.username : undefined;
  const wish = { challengeId: id, token, email, name, username, passwordHash, documents };
  const made = await registerAccount(deps, wish);
  if (made === 'username_taken') return new Refusal({ username: 'profile.username-taken' });
  return made?.accountId;
}
