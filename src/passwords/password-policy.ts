import type { Weakness } from './judge-password.ts';
import { maxPasswordLength, type PasswordHasher } from './password-hasher.ts';

/** NIST SP 800-63B-4 section 3.1.1.2: 15 characters where the password is the only factor, no rules of composition. */
export const minPasswordLength = 15;

export type PasswordProblem = 'too_short' | 'too_long' | 'same_as_identifier' | 'personal' | Weakness;

/** What others know of the person, and what they see around the field. */
export interface PasswordContext {
  identifier: string;
  /** Names: of the person, of the service, of the app. */
  words: readonly string[];
}

/** Beside what everybody can guess so much has to be the person's own. */
const leastOwnCharacters = 8;

/** Shorter ones stand in other words by chance. */
const shortestWord = 3;

/** @returns the first reason why this may not be somebody's password */
export async function checkPassword(
  { hasher }: { hasher: Pick<PasswordHasher, 'judge'> },
  password: string,
  context: PasswordContext,
): Promise<PasswordProblem | undefined> {
  const normal = password.normalize('NFKC');
  if (Array.from(normal).length < minPasswordLength) return 'too_short';
  if (password.length > maxPasswordLength) return 'too_long';
  if (normal.toLowerCase() === context.identifier.toLowerCase()) return 'same_as_identifier';
  if (ownPart(normal, context).length < leastOwnCharacters) return 'personal';
  return hasher.judge(normal);
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
