import { createHmac } from 'node:crypto';
import type { Client } from 'oidc-provider';

/**
 * The subject that the apps of one sector see (OpenID Connect Core 1.0 section 8.1): the same for each of them, different
 * for others, and nobody without the salt can tell that two belong to one account.
 */
export function pairwiseSubject(salt: string, accountId: string, client: Client): string {
  return createHmac('sha256', salt)
    .update(JSON.stringify([client['sectorIdentifier'], accountId]))
    .digest('base64url');
}
