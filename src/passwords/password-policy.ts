import type { Database } from '../store/index.ts';
import type { BreachedPasswords } from './breached-passwords.ts';
import { isFormer } from './former-passwords.ts';
import type { Weakness } from './judge-password.ts';
import { maxPasswordLength, type PasswordHasher } from './password-hasher.ts';
import { isComposed, type PasswordPolicy } from './password-policies.ts';
import { passwordsRepository } from './passwords.repository.ts';

export type PasswordProblem =
  | 'too_short'
  | 'too_long'
  | Exclude<PasswordPolicy['composition'], 'any'>
  | 'same_as_identifier'
  | 'personal'
  | Weakness
  | 'breached'
  | 'not_checked'
  | 'used_before';

/** What others know of the person, and what they see around the field. */
export interface PasswordContext {
  identifier: string;
  /** Names: of the person, of the service, of the app. */
  words: readonly string[];
  /** Whose passwords it may not repeat; undefined for who has none yet. */
  accountId?: string | undefined;
}

export interface PasswordRules {
  hasher: Pick<PasswordHasher, 'judge' | 'verify'>;
  database: Pick<Database, 'pool'>;
  passwordPolicy: PasswordPolicy;
  breaches: Pick<BreachedPasswords, 'check'>;
  /** Where nobody can be asked whether a password is known from a breach. */
  onUnknownBreach: 'allow' | 'refuse';
}

/** Beside what everybody can guess so much has to be the person's own. */
const leastOwnCharacters = 8;

/** Shorter ones stand in other words by chance. */
const shortestWord = 3;

/** @returns the first reason why this may not be somebody's password */
export async function checkPassword(
  rules: PasswordRules,
  password: string,
  context: PasswordContext,
): Promise<PasswordProblem | undefined> {
  const normal = password.normalize('NFKC');
  const { minLength, leastScore, composition, history } = rules.passwordPolicy;
  if (password.length > maxPasswordLength) return 'too_long';
  if (Array.from(normal).length < minLength) return 'too_short';
  if (composition !== 'any' && !isComposed(normal, composition)) return composition;
  if (normal.toLowerCase() === context.identifier.toLowerCase()) return 'same_as_identifier';
  if (ownPart(normal, context).length < leastOwnCharacters) return 'personal';
  const weakness = await rules.hasher.judge(normal, leastScore);
  if (weakness !== undefined) return weakness;
  const isBreached = await rules.breaches.check(password);
  if (isBreached === true) return 'breached';
  if (isBreached === 'unknown' && rules.onUnknownBreach === 'refuse') return 'not_checked';
  const { accountId } = context;
  if (history === 0 || accountId === undefined) return undefined;
  const former = await passwordsRepository(rules.database).latestHashes(accountId, history);
  return (await isFormer(rules.hasher, former, password)) ? 'used_before' : undefined;
}

/** What is left without what others know, without digits and without signs. */
function ownPart(password: string, { identifier, words }: PasswordContext): string {
  const known = [identifier, ...words]
    .flatMap(text => text.toLowerCase().split(/[^\p{L}]+/u))
    .filter(word => word.length >= shortestWord)
    // The longest first: it may have a shorter one in it.
    .toSorted((one, other) => other.length - one.length);
  let rest = password.toLowerCase();
  const before = rest;
  for (const word of known) rest = rest.replaceAll(word, '');
  // A password of digits has nothing of the person in it; how good it is is judged elsewhere.
  return rest === before ? before : rest.replaceAll(/[^\p{L}]/gu, '');
}
