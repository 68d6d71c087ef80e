import { type Clock, dateOf, digest, newSecret } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Where each leads, and for how many days: long enough for somebody who is away. */
const kinds = {
  /** Takes back that an account was closed. */
  reopen: { path: '/reopen', days: 366 },
  /** "This wasn't me": locks the account down. */
  alarm: { path: '/not-me', days: 14 },
  /** Takes away factors that their owner has lost. */
  'reset-factors': { path: '/reset-factors', days: 1 },
  /** Puts the address back that an account had before. */
  'undo-email': { path: '/undo-email', days: 14 },
} as const;

/** For how many days each kind is good. */
export const linkDays = { alarm: kinds.alarm.days } as const;

export type LinkPurpose = keyof typeof kinds;

export interface OneUseLink {
  accountId: string;
  about: Readonly<Record<string, string>>;
  createdAt: Date;
}

export interface NewLink {
  purpose: LinkPurpose;
  accountId: string;
  /** What has to be remembered for it. */
  about?: OneUseLink['about'];
}

/** @returns the address, which stands in the mail and nowhere else */
export async function addLink(
  transaction: Transaction,
  { clock, issuer }: { clock: Clock; issuer: string },
  { purpose, accountId, about = {} }: NewLink,
): Promise<string> {
  const { path, days } = kinds[purpose];
  const token = newSecret();
  const createdAt = dateOf(clock);
  const expiresAt = new Date(clock.now() + days * dayMs);
  await transaction.oneUseLink.create({
    data: { tokenHash: digest(token), purpose, accountId, about, createdAt, expiresAt },
  });
  return `${issuer}${path}/${token}`;
}

/** As long as it can be used. */
export async function findLink(
  { database, clock }: { database: Database; clock: Clock },
  purpose: LinkPurpose,
  token: string,
): Promise<OneUseLink | undefined> {
  const link = await database.prisma.oneUseLink.findFirst({ where: usable(clock, purpose, token) });
  return link === null ? undefined : toLink(link);
}

/** @returns undefined for all but one of any number of uses at once */
export async function useLink(
  transaction: Transaction,
  clock: Clock,
  purpose: LinkPurpose,
  token: string,
): Promise<OneUseLink | undefined> {
  const where = usable(clock, purpose, token);
  const link = await transaction.oneUseLink.findFirst({ where });
  const { count } = await transaction.oneUseLink.updateMany({ where, data: { usedAt: dateOf(clock) } });
  return link === null || count === 0 ? undefined : toLink(link);
}

export async function removeOldLinks({
  database,
  clock,
}: {
  database: Database;
  clock: Clock;
}): Promise<void> {
  await database.prisma.oneUseLink.deleteMany({ where: { expiresAt: { lt: dateOf(clock) } } });
}

function usable(clock: Clock, purpose: LinkPurpose, token: string) {
  return { tokenHash: digest(token), purpose, usedAt: null, expiresAt: { gt: dateOf(clock) } };
}

function toLink({
  accountId,
  about,
  createdAt,
}: {
  accountId: string;
  about: unknown;
  createdAt: Date;
}): OneUseLink {
  return { accountId, about: about as OneUseLink['about'], createdAt };
}
