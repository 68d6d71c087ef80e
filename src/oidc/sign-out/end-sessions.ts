import type { Client, Provider } from 'oidc-provider';
import { type Actor, recordEvent } from '../../audit/index.ts';
import { consentsRepository } from '../../consents/index.ts';
import { type Clock, digest } from '../../kernel/index.ts';
import type { Outbox } from '../../mail/index.ts';
import { addLink } from '../../one-use-links/index.ts';
import { passwordsRepository } from '../../passwords/index.ts';
import { sessionsRepository } from '../../sessions/index.ts';
import type { ArtifactStore, Change, Database, Sealer } from '../../store/index.ts';
import { findSession, grantsOfSession, grantsOnlyOfSession, type OpenSession } from './find-session.ts';

/** As taken over by the queue, see back-channel.ts. */
interface BackChannelLogout {
  backchannelLogout(accountId: string, sid: string): Promise<void>;
}

export interface EndSessionsDeps {
  provider: () => Provider;
  database: Database;
  artifacts: ArtifactStore;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
}

export type EndSessions = ReturnType<typeof endSessionsOf>;

export type WhichSessions =
  /** Everything, but for the session somebody asks from; `told` where nothing else tells its owner of it. */
  | { except?: string; told?: { to: string; locale: string } }
  /** One session, and what hangs on it. */
  | { only: string };

/**
 * Signs an account out: its sessions, the tokens that hang on what it allowed, and the apps, which are told through the
 * queue. It holds in every process at once, because it is the store that says so.
 */
export function endSessionsOf(deps: EndSessionsDeps) {
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
    const told = 'told' in which ? which.told : undefined;
    await deps.database.prisma.$transaction(async transaction => {
      await recordEvent(transaction, deps, { type, accountId });
      if (told === undefined) return;
      const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
      await deps.outbox.add(transaction, { ...told, accountId }, 'sessions-ended', { url });
    });
    await deps.artifacts.commit([
      ...ended.map(({ id }): Change => ({ kind: 'destroy', model: 'Session', id })),
      ...revocations(grants),
    ]);
    await sessions.end(known.filter(isMeant));
    await Promise.all(ended.map(session => tellApps(deps.provider(), accountId, session)));
  };
}

/** Who opened one more session, which is stored by now. */
export interface OpenedSession {
  accountId: string;
  /** Digest of its uid. */
  id: string;
  /** When the password was entered, in seconds since the epoch; undefined for who came in without one. */
  passwordAt: number | undefined;
}

export type LimitSessions = ReturnType<typeof limitSessions>;

/**
 * An account is signed in in so many browsers at most: those that were used longest ago are signed out. Every sign-in looks
 * once it is stored, and of what it sees the same ones stay for all; so of any number at once, the last one to look leaves
 * no more. An app that was allowed to go on without anybody there does, as after any sign-out. A session that was ended before it was stored ends here too, and one of a password that was changed or taken
 * away between being entered and the end of the sign-in.
 */
export function limitSessions({ most, ...deps }: EndSessionsDeps & { most: number }) {
  const sessions = sessionsRepository(deps);
  const passwords = passwordsRepository(deps.database);
  const actor: Actor = { kind: 'system' };

  return async ({ accountId, id, passwordAt }: OpenedSession): Promise<void> => {
    const open = await sessions.openOf(accountId);
    const tooMany = open.slice(most);
    const isGood =
      open.includes(id) &&
      (passwordAt === undefined || isStillThat(passwordAt, await passwords.changedAt(accountId)));
    const over = [...new Set([...tooMany, ...(isGood ? [] : [id])])];
    const found = await Promise.all(over.map(each => findSession(deps.artifacts, each)));
    for (const session of found.filter(each => each !== undefined)) {
      const isDisplaced = tooMany.includes(session.recordId);
      const conflict = await deps.artifacts.commit([
        { kind: 'destroy', model: 'Session', id: session.id, onlyIfPresent: true },
        ...revocations(isDisplaced ? grantsOnlyOfSession(session) : grantsOfSession(session)),
      ]);
      // Another sign-in ended it, and tells of it.
      if (conflict !== undefined) continue;
      const type = isDisplaced ? 'session.displaced' : 'session.ended';
      await deps.database.prisma.$transaction(transaction =>
        recordEvent(transaction, deps, { type, accountId, actor }),
      );
      await tellApps(deps.provider(), accountId, session);
    }
    await sessions.end(over);
  };
}

/** To the second, as the time of a sign-in is kept. */
function isStillThat(passwordAt: number, changedAt: Date | undefined): boolean {
  return changedAt !== undefined && Math.floor(changedAt.getTime() / 1000) <= passwordAt;
}

function revocations(grantIds: readonly string[]): Change[] {
  return grantIds.map(id => ({ kind: 'revoke-grant', id: digest(id) }));
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
