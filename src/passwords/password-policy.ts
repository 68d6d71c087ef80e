import { maxPasswordLength } from './password-hasher.ts';

/** NIST SP 800-63B-4 section 3.1.1.2: 15 characters where the password is the only factor, no rules of composition. */
export const minPasswordLength = 15;

export type PasswordProblem = 'too_short' | 'too_long' | 'same_as_identifier';

export function checkPassword(password: string, identifier: string): PasswordProblem | undefined {
  const length = Array.from(password.normalize('NFKC')).length;
  if (length < minPasswordLength) return 'too_short';
  if (password.length > maxPasswordLength) return 'too_long';
  if (password.toLowerCase() === identifier.toLowerCase()) return 'same_as_identifier';
  return undefined;
}
