import type { Client, Provider } from 'oidc-provider';
import { consentsRepository } from '../../consents/index.ts';
import { type Clock, digest } from '../../kernel/index.ts';
import { sessionsRepository } from '../../sessions/index.ts';
import type { ArtifactStore, Change, Database } from '../../store/index.ts';

/** As taken over by the queue, see back-channel.ts. */
interface BackChannelLogout {
  backchannelLogout(accountId: string, sid: string): Promise<void>;
}

interface Deps {
  provider: () => Provider;
  database: Database;
  artifacts: ArtifactStore;
  clock: Clock;
}

export type EndSessions = ReturnType<typeof endSessionsOf>;

/**
 * Signs an account out everywhere: its sessions, all tokens that hang on what it allowed, and the apps, which are told
 * through the queue. It holds in every process at once, because it is the store that says so.
 */
export function endSessionsOf(deps: Deps) {
  const sessions = sessionsRepository(deps);
  const consents = consentsRepository(deps);

  return async (accountId: string): Promise<void> => {
    const ids = await sessions.openOf(accountId);
    const found = await Promise.all(ids.map(id => deps.artifacts.findByLookup('Session', id)));
    const open = found.filter(session => session !== undefined);
    const grants = await consents.grantsOf(accountId);
    await deps.artifacts.commit([
      ...open.map(({ id }): Change => ({ kind: 'destroy', model: 'Session', id })),
      ...grants.map((id): Change => ({ kind: 'revoke-grant', id: digest(id) })),
    ]);
    await sessions.end(ids);
    await Promise.all(open.map(({ payload }) => tellApps(deps.provider(), accountId, payload)));
  };
}

async function tellApps(
  provider: Provider,
  accountId: string,
  session: Record<string, unknown>,
): Promise<void> {
  const authorizations = (session['authorizations'] ?? {}) as Record<string, { sid?: string }>;
  for (const [clientId, { sid }] of Object.entries(authorizations)) {
    const client = await provider.Client.find(clientId);
    if (client?.backchannelLogoutUri === undefined || sid === undefined) continue;
    await (client as Client & BackChannelLogout).backchannelLogout(accountId, sid);
  }
}
