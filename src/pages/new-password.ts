import { checkPassword, minPasswordLength } from '../passwords/index.ts';
import type { Message } from './view.ts';

/** Why this may not be somebody's password, in words; undefined where it may. */
export function refusePassword(password: string, identifier: string): Message | undefined {
  const problem = checkPassword(password, identifier);
  return problem && { key: `new-password.${problem}`, values: { min: minPasswordLength } };
}
