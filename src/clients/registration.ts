import { type Clock, dateOf, digest, newId, newSecret } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';

interface Deps {
  database: Database;
  clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1000;

export interface InitialAccessToken {
  id: string;
  quota: number;
  used: number;
  /** What the clients may ask for, separated by spaces; null is anything. */
  scope: string | null;
  createdAt: Date;
  expiresAt: Date;
}

export interface NewInitialAccessToken {
  /** How many clients it may register. */
  quota: number;
  days: number;
  scope: string | null;
}

/** @returns the token, which is shown this once */
export async function createInitialAccessToken(
  { database, clock }: Deps,
  { quota, days, scope }: NewInitialAccessToken,
): Promise<string> {
  const token = newSecret();
  await database.prisma.initialAccessToken.create({
    data: {
      id: newId(),
      tokenHash: digest(token),
      quota,
      scope,
      createdAt: dateOf(clock),
      expiresAt: new Date(clock.now() + days * dayMs),
    },
  });
  return token;
}

/** Those that are good for something, the oldest first. */
export function listInitialAccessTokens({ database, clock }: Deps): Promise<InitialAccessToken[]> {
  return database.prisma.initialAccessToken.findMany({
    where: { expiresAt: { gt: dateOf(clock) } },
    orderBy: { id: 'asc' },
    omit: { tokenHash: true },
  });
}

/** @returns false when there is none */
export async function revokeInitialAccessToken(
  { database }: Pick<Deps, 'database'>,
  id: string,
): Promise<boolean> {
  const { count } = await database.prisma.initialAccessToken.deleteMany({ where: { id } });
  return count > 0;
}

export async function findInitialAccessToken(
  { database, clock }: Deps,
  token: string,
): Promise<InitialAccessToken | null> {
  return database.prisma.initialAccessToken.findFirst({
    where: { tokenHash: digest(token), expiresAt: { gt: dateOf(clock) } },
    omit: { tokenHash: true },
  });
}

/** Counts one client. Of any number at once only as many win as the quota has left. @returns false when it has none */
export async function useInitialAccessToken(
  { transaction, clock }: { transaction: Transaction; clock: Clock },
  token: string,
): Promise<boolean> {
  const count = await transaction.$executeRaw`
    UPDATE initial_access_token SET used = used + 1
    WHERE token_hash = ${digest(token)} AND used < quota AND expires_at > ${dateOf(clock)}`;
  return count > 0;
}

/** To the hour: who is used at all is not removed. */
export async function recordUse({ database, clock }: Deps, clientId: string): Promise<void> {
  const now = dateOf(clock);
  await database.pool.query({
    name: 'client-used',
    text: `UPDATE client SET last_used_at = $2::timestamptz
           WHERE id = $1 AND is_self_registered AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 hour')`,
    values: [clientId, now],
  });
}

/** Clients that registered themselves and never signed anybody in. @returns how many */
export async function removeUnusedClients({ database, clock }: Deps, afterDays: number): Promise<number> {
  const { count } = await database.prisma.client.deleteMany({
    where: {
      isSelfRegistered: true,
      lastUsedAt: null,
      createdAt: { lt: new Date(clock.now() - afterDays * dayMs) },
    },
  });
  await database.prisma.initialAccessToken.deleteMany({ where: { expiresAt: { lt: dateOf(clock) } } });
  return count;
}
