import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from '../log/index.ts';

interface Source {
  scopes: ReadonlySet<string>;
}

/**
 * A refresh token acts for somebody who is not there, so there is one only where they agreed to that
 * (OpenID Connect Core 1.0 section 11). Whoever wonders where theirs is reads it in the log.
 */
export function issueRefreshToken(log: Logger) {
  return (_ctx: KoaContextWithOIDC, client: Client, source: Source): boolean => {
    const reason = reasonAgainst(client, source);
    if (reason !== undefined) {
      log.debug(
        { event: 'refresh_token.not_issued', client_id: client.clientId, reason },
        'no refresh token',
      );
    }
    return reason === undefined;
  };
}

function reasonAgainst(client: Client, source: Source): string | undefined {
  if (!client.grantTypeAllowed('refresh_token'))
    return 'the client is not registered for the grant type refresh_token';
  if (source.scopes.has('offline_access')) return undefined;
  return 'offline_access was not granted: the client has to ask for it with prompt=consent, and the person to agree';
}
