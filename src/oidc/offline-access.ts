import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';

interface Source {
  scopes: ReadonlySet<string>;
}

const hourMs = 60 * 60 * 1000;
const maxEntries = 10_000;

/**
 * A refresh token acts for somebody who is not there, so there is one only where they agreed to that
 * (OpenID Connect Core 1.0 section 11). Whoever wonders where theirs is reads it in the log: once an hour for each client and
 * reason where everybody sees it, since one client may sign in a thousand people a minute.
 */
export function issueRefreshToken({ log, clock }: { log: Logger; clock: Clock }) {
  const saidAt = new Map<string, number>();

  function isNews(what: string): boolean {
    const now = clock.now();
    if (now - (saidAt.get(what) ?? 0) < hourMs) return false;
    if (saidAt.size >= maxEntries) saidAt.clear();
    saidAt.set(what, now);
    return true;
  }

  return (_ctx: KoaContextWithOIDC, client: Client, source: Source): boolean => {
    const reason = reasonAgainst(client, source);
    if (reason === undefined) return true;
    const { clientId: client_id } = client;
    log[isNews(`${client_id} ${reason}`) ? 'info' : 'debug'](
      { event: 'refresh_token.not_issued', client_id, reason },
      'no refresh token',
    );
    return false;
  };
}

function reasonAgainst(client: Client, source: Source): string | undefined {
  if (!client.grantTypeAllowed('refresh_token'))
    return 'the client is not registered for the grant type refresh_token';
  if (source.scopes.has('offline_access')) return undefined;
  return 'offline_access was not granted: the client has to ask for it with prompt=consent, and the person to agree';
}
