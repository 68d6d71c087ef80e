import type { Client, Provider } from 'oidc-provider';
import { recordEvent } from '../../audit/index.ts';
import { consentsRepository } from '../../consents/index.ts';
import { type Clock, digest } from '../../kernel/index.ts';
import { sessionsRepository } from '../../sessions/index.ts';
import type { ArtifactStore, Change, Database, Sealer } from '../../store/index.ts';

/** As taken over by the queue, see back-channel.ts. */
interface BackChannelLogout {
  backchannelLogout(accountId: string, sid: string): Promise<void>;
}

interface Deps {
  provider: () => Provider;
  database: Database;
  artifacts: ArtifactStore;
  clock: Clock;
  sealer: Sealer;
}

export type EndSessions = ReturnType<typeof endSessionsOf>;

export type WhichSessions =
  /** Everything, but for the session somebody asks from. */
  | { except?: string }
  /** One session, and what hangs on it. */
  | { only: string };

/**
 * Signs an account out: its sessions, the tokens that hang on what it allowed, and the apps, which are told through the
 * queue. It holds in every process at once, because it is the store that says so.
 */
export function endSessionsOf(deps: Deps) {
  const sessions = sessionsRepository(deps);
  const consents = consentsRepository(deps);

  return async (accountId: string, which: WhichSessions = {}): Promise<void> => {
    const isMeant = (id: string) => ('only' in which ? id === which.only : id !== which.except);
    const own = 'except' in which && which.except !== undefined ? [which.except] : [];
    const known = [...new Set([...(await sessions.openOf(accountId)), ...own])];
    const found = await Promise.all(known.map(id => findSession(deps.artifacts, id)));
    const open = found.filter(session => session !== undefined);
    const ended = open.filter(({ recordId }) => isMeant(recordId));
    const kept = new Set(open.filter(({ recordId }) => !isMeant(recordId)).flatMap(grantsOfSession));
    // Of all that was allowed, what no session holds any more is of apps that go on by themselves.
    const grants =
      'only' in which
        ? ended.flatMap(grantsOfSession)
        : (await consents.grantsOf(accountId)).filter(id => !kept.has(id));
    const type = 'only' in which ? 'session.ended' : 'sessions.ended';
    await deps.database.prisma.$transaction(transaction =>
      recordEvent(transaction, deps, { type, accountId }),
    );
    await deps.artifacts.commit([
      ...ended.map(({ id }): Change => ({ kind: 'destroy', model: 'Session', id })),
      ...grants.map((id): Change => ({ kind: 'revoke-grant', id: digest(id) })),
    ]);
    await sessions.end(known.filter(isMeant));
    await Promise.all(ended.map(session => tellApps(deps.provider(), accountId, session)));
  };
}

interface OpenSession {
  recordId: string;
  id: string;
  authorizations: Record<string, { sid?: string; grantId?: string }>;
}

async function findSession(artifacts: ArtifactStore, recordId: string): Promise<OpenSession | undefined> {
  const found = await artifacts.findByLookup('Session', recordId);
  if (found === undefined) return undefined;
  const authorizations = (found.payload['authorizations'] ?? {}) as OpenSession['authorizations'];
  return { recordId, id: found.id, authorizations };
}

function grantsOfSession({ authorizations }: OpenSession): string[] {
  return Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);
}

async function tellApps(
  provider: Provider,
  accountId: string,
  { authorizations }: OpenSession,
): Promise<void> {
  for (const [clientId, { sid }] of Object.entries(authorizations)) {
    const client = await provider.Client.find(clientId);
    if (client?.backchannelLogoutUri === undefined || sid === undefined) continue;
    await (client as Client & BackChannelLogout).backchannelLogout(accountId, sid);
  }
}
