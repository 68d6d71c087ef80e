import { hasFactors } from '../mfa/index.ts';
import { besideFactor, checkPassword, type PasswordPolicy } from '../passwords/index.ts';
import type { PageRequest } from './define-page.ts';
import type { PagesDeps } from './pages-deps.ts';
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

/** What a password of this account has to be: beside a second factor it may be shorter. */
export async function passwordPolicyOf(
  { database, factorPolicies, passwordPolicy }: PagesDeps,
  accountId: string | undefined,
): Promise<PasswordPolicy> {
  const isBeside = accountId !== undefined && (await hasFactors({ database, factorPolicies }, accountId));
  return isBeside ? besideFactor(passwordPolicy) : passwordPolicy;
}

/** Why this may not be somebody's password, in words; undefined where it may. */
export async function refusePassword(
  { deps, client }: Pick<PageRequest, 'deps' | 'client'>,
  password: string,
  { email, name = '', accountId }: { email: string; name?: string; accountId?: string | undefined },
): Promise<Message | undefined> {
  const words = [name, 'Gatehouse', new URL(deps.issuer).hostname, client?.name ?? ''];
  const passwordPolicy = await passwordPolicyOf(deps, accountId);
  const rules = { ...deps, passwordPolicy };
  const problem = await checkPassword(rules, password, { identifier: email, words, accountId });
  const { minLength, history } = passwordPolicy;
  return problem && { key: `new-password.${problem}`, values: { min: minLength, count: history } };
}
