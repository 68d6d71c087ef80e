import { renewCredentialEpoch } from '../accounts/index.ts';
import { type Actor, recordEvent } from '../audit/index.ts';
import { AppError, type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { addLink, useLink } from '../one-use-links/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';

export interface FactorResetDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
}

/** Who orders or approves. */
export type Approver = Extract<Actor, { kind: 'administrator' | 'client' | 'operator' }>;

export interface OrderedReset {
  id: string;
  /** For the person, to be handed over by who has seen them; null as long as somebody else has to approve. */
  link: string | null;
  expiresAt: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Somebody has lost every second factor. The link takes them away, and signs nobody in: the password is asked for all the
 * same. The owner is told at once, and can stop it.
 * @throws AppError `not_found` for an account that there is not, `forbidden` for who would let themselves in
 */
export async function orderFactorReset(
  deps: FactorResetDeps,
  { accountId, reason, by, approval }: FactorResetOrder,
): Promise<OrderedReset> {
  if (by.kind === 'administrator' && by.accountId === accountId) {
    throw new AppError('forbidden', 'Nobody does this for themselves. Ask another administrator.');
  }
  const { clock, database, outbox } = deps;
  const id = newId();
  const expiresAt = new Date(clock.now() + dayMs);
  const link = await database.prisma.$transaction(async transaction => {
    const account = await transaction.account.findFirst({ where: { id: accountId, status: 'active' } });
    if (account === null) throw new AppError('not_found', 'There is no such account, or it is not active.');
    await transaction.factorReset.create({
      data: { id, accountId, orderedBy: nameOf(by), createdAt: dateOf(clock), expiresAt },
    });
    const details = { reason };
    await recordEvent(transaction, deps, { type: 'factors.reset-ordered', accountId, actor: by, details });
    const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
    const recipient = { to: account.email, accountId, locale: languageOf(account) };
    await outbox.add(transaction, recipient, 'factors-reset-ordered', { url, values: details });
    return approval === 'one' ? linkFor(transaction, deps, accountId, id) : null;
  });
  outbox.soon();
  return { id, link, expiresAt };
}

export interface FactorResetOrder {
  accountId: string;
  /** Why, and how it was made sure who asks. Kept with the event, and told to the owner. */
  reason: string;
  by: Approver;
  /** How many have to agree. */
  approval: 'one' | 'two';
}

/**
 * A second administrator agrees. Of any number at once, one is the second.
 * @throws AppError `not_found` for what is over or approved, `forbidden` for who ordered it, or whose account it is
 */
export async function approveFactorReset(
  deps: FactorResetDeps,
  { id, by }: { id: string; by: Approver },
): Promise<OrderedReset> {
  const { clock, database } = deps;
  return database.prisma.$transaction(async transaction => {
    const open = { id, approvedBy: null, usedAt: null, expiresAt: { gt: dateOf(clock) } };
    const found = await transaction.factorReset.findFirst({ where: open });
    if (found === null) throw new AppError('not_found', 'There is no such order, or it is over or approved.');
    const { accountId, expiresAt, orderedBy } = found;
    const isOwn = by.kind === 'administrator' && by.accountId === accountId;
    if (isOwn || orderedBy === nameOf(by)) {
      throw new AppError('forbidden', 'Somebody else has to approve this.');
    }
    const { count } = await transaction.factorReset.updateMany({
      where: open,
      data: { approvedBy: nameOf(by) },
    });
    if (count === 0) throw new AppError('not_found', 'There is no such order, or it is over or approved.');
    await recordEvent(transaction, deps, { type: 'factors.reset-approved', accountId, actor: by });
    return { id, link: await linkFor(transaction, deps, accountId, id), expiresAt };
  });
}

/**
 * What the link does. Of any number of uses at once, one counts. Whoever calls this ends all sessions.
 * @returns the account; undefined where the link is over
 */
export async function resetFactors(
  deps: FactorResetDeps,
  { token, locale }: { token: string; locale: string },
): Promise<{ id: string; email: string } | undefined> {
  const { clock, database, outbox } = deps;
  const account = await database.prisma.$transaction(async transaction => {
    const link = await useLink(transaction, clock, 'reset-factors', token);
    if (link === undefined) return undefined;
    const { accountId } = link;
    const where = { accountId };
    await transaction.factorReset.updateMany({
      where: { id: link.about['reset'] ?? '' },
      data: { usedAt: dateOf(clock) },
    });
    await transaction.passkey.deleteMany({ where });
    await transaction.totpCredential.deleteMany({ where });
    await transaction.recoveryCode.deleteMany({ where });
    await renewCredentialEpoch(transaction, accountId);
    await recordEvent(transaction, deps, { type: 'factors.reset', accountId });
    const found = await transaction.account.findUniqueOrThrow({ where: { id: accountId } });
    const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
    await outbox.add(transaction, { to: found.email, accountId, locale }, 'factors-reset', { url });
    return { id: found.id, email: found.email };
  });
  outbox.soon();
  return account;
}

export async function removeOldResets({
  database,
  clock,
}: Pick<FactorResetDeps, 'database' | 'clock'>): Promise<void> {
  const where = { expiresAt: { lt: new Date(clock.now() - dayMs) } };
  await database.prisma.factorReset.deleteMany({ where });
}

function linkFor(
  transaction: Transaction,
  deps: Pick<FactorResetDeps, 'clock' | 'issuer'>,
  accountId: string,
  reset: string,
): Promise<string> {
  return addLink(transaction, deps, { purpose: 'reset-factors', accountId, about: { reset } });
}

/** Whoever is at the other end is not the person whose language it has to be. */
function languageOf({ claims }: { claims: unknown }): string {
  const { locale } = claims as { locale?: unknown };
  return typeof locale === 'string' ? locale : 'en';
}

function nameOf(by: Approver): string {
  if (by.kind === 'administrator') return `account:${by.accountId}`;
  return by.kind === 'client' ? `client:${by.clientId}` : by.kind;
}
