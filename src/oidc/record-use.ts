import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { recordUse } from '../clients/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import type { Database } from '../store/index.ts';

const hourMs = 60 * 60 * 1000;
const maxEntries = 10_000;

/** Notes once an hour that a client is in use, so that those never used can be told from the others. */
export function recordUseOfClients(
  provider: Provider,
  deps: { database: Database; clock: Clock; log: Logger },
): void {
  const notedAt = new Map<string, number>();
  const note = ({ oidc }: KoaContextWithOIDC) => {
    const { clientId } = oidc.client ?? {};
    const now = deps.clock.now();
    if (clientId === undefined || now - (notedAt.get(clientId) ?? 0) < hourMs) return;
    if (notedAt.size >= maxEntries) notedAt.clear();
    notedAt.set(clientId, now);
    recordUse(deps, clientId).catch((err: unknown) =>
      deps.log.warn({ err }, 'the use of a client was not noted'),
    );
  };
  provider.on('authorization.success', note);
  provider.on('grant.success', note);
}
