import { checkPassword, minPasswordLength } from '../passwords/index.ts';
import type { PageRequest } from './define-page.ts';
import type { Message } from './view.ts';

/** Why this may not be somebody's password, in words; undefined where it may. */
export async function refusePassword(
  { deps, client }: Pick<PageRequest, 'deps' | 'client'>,
  password: string,
  { email, name = '' }: { email: string; name?: string },
): Promise<Message | undefined> {
  const words = [name, 'Gatehouse', new URL(deps.issuer).hostname, client?.name ?? ''];
  const problem = await checkPassword(deps, password, { identifier: email, words });
  return problem && { key: `new-password.${problem}`, values: { min: minPasswordLength } };
}
