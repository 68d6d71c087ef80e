import type { Client } from 'oidc-provider';
import { keyedDigest, madeAt } from '../kernel/index.ts';
import type { KeySet } from '../keys/index.ts';

/**
 * The subject that the apps of one sector see (OpenID Connect Core 1.0 section 8.1): the same for each of them, different
 * for others, and nobody without the salt can tell that two belong to one account. A subject never changes, so an account
 * keeps the salt that was in use when it was made, and a new salt is for new accounts.
 */
export function pairwiseSubject(salts: KeySet['pairwise'], accountId: string, client: Client): string {
  const bornAt = madeAt(accountId);
  const salt = salts.find(({ activatesAt }) => activatesAt <= bornAt)?.salt;
  if (salt === undefined) throw new Error('the first salt is for accounts of any age');
  return keyedDigest(salt, `pairwise/${String(client['sectorIdentifier'])}`, accountId);
}
