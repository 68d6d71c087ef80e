import { checkPassword, type PasswordPolicy } from '../passwords/index.ts';
import type { PageRequest } from './define-page.ts';
import type { Message } from './view.ts';

/** What the page says of the rules before anything is typed. */
export interface PasswordHint {
  minPasswordLength: number;
  /** The message. */
  passwordRule: string;
}

export function passwordHint({ minLength, composition }: PasswordPolicy): PasswordHint {
  const passwordRule = composition === 'any' ? 'new-password.rule' : `new-password.rule-${composition}`;
  return { minPasswordLength: minLength, passwordRule };
}

/** Why this may not be somebody's password, in words; undefined where it may. */
export async function refusePassword(
  { deps, client }: Pick<PageRequest, 'deps' | 'client'>,
  password: string,
  { email, name = '', accountId }: { email: string; name?: string; accountId?: string | undefined },
): Promise<Message | undefined> {
  const words = [name, 'Gatehouse', new URL(deps.issuer).hostname, client?.name ?? ''];
  const problem = await checkPassword(deps, password, { identifier: email, words, accountId });
  const { minLength, history } = deps.passwordPolicy;
  return problem && { key: `new-password.${problem}`, values: { min: minLength, count: history } };
}
