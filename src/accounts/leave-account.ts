import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { addLink, useLink } from '../one-use-links/index.ts';
import { type Database, lockName, type Sealer, type Transaction } from '../store/index.ts';
import type { Account } from './account.ts';

export interface LeaveDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
}

interface Leaving {
  account: Pick<Account, 'id' | 'email'>;
  locale: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** The account rests until its owner signs in again. Whoever calls this signs it out everywhere. */
export async function deactivateAccount(
  deps: LeaveDeps,
  { account, locale }: Leaving,
): Promise<'deactivated' | 'last_owner'> {
  const { id: accountId, email } = account;
  return deps.database.prisma.$transaction(async transaction => {
    if (await isLastOwner(transaction, accountId)) return 'last_owner';
    const changed = await transaction.account.updateMany({
      where: { id: accountId, status: 'active' },
      data: { status: 'deactivated', updatedAt: dateOf(deps.clock) },
    });
    if (changed.count === 0) return 'deactivated';
    await recordEvent(transaction, deps, { type: 'account.deactivated', accountId });
    const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
    await deps.outbox.add(transaction, { to: email, accountId, locale }, 'account-deactivated', { url });
    return 'deactivated';
  });
}

/**
 * The account is erased when its time is over, unless somebody who may wants it back before. Whoever calls this signs it
 * out everywhere.
 * @param graceDays 0 is now
 */
export async function closeAccount(
  deps: LeaveDeps,
  { account, locale, graceDays }: Leaving & { graceDays: number },
): Promise<{ closesAt: Date } | 'last_owner'> {
  const { id: accountId, email } = account;
  const closesAt = new Date(deps.clock.now() + graceDays * dayMs);
  return deps.database.prisma.$transaction(async transaction => {
    if (await isLastOwner(transaction, accountId)) return 'last_owner';
    await transaction.account.update({
      where: { id: accountId },
      data: { status: 'closing', closesAt, updatedAt: dateOf(deps.clock) },
    });
    const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(closesAt);
    await recordEvent(transaction, deps, { type: 'account.closing', accountId });
    await deps.outbox.add(transaction, { to: email, accountId, locale }, 'account-closing', {
      url: await addLink(transaction, deps, { purpose: 'reopen', accountId }),
      values: { date },
    });
    return { closesAt };
  });
}

/**
 * For an operator whom somebody asked by other ways: the running Gatehouse erases it within a minute.
 * @returns false where there is no such account, or it is the last owner's
 */
export async function orderErasure(
  deps: Pick<LeaveDeps, 'database' | 'clock' | 'sealer'>,
  accountId: string,
): Promise<boolean> {
  return deps.database.prisma.$transaction(async transaction => {
    if (await isLastOwner(transaction, accountId)) return false;
    const now = dateOf(deps.clock);
    const changed = await transaction.account.updateMany({
      where: { id: accountId },
      data: { status: 'closing', closesAt: now, updatedAt: now },
    });
    if (changed.count === 0) return false;
    const actor = { kind: 'operator' } as const;
    await recordEvent(transaction, deps, { type: 'account.closing', accountId, actor });
    return true;
  });
}

/**
 * Takes back that an account was left. Of any number of requests at once, one does.
 * @param which whose owner proved to be who they are, or the token of the link in the mail
 * @returns the account; undefined where there is nothing to take back
 */
export async function reopenAccount(
  deps: LeaveDeps,
  which: { accountId: string } | { token: string },
  locale: string,
): Promise<Pick<Account, 'id' | 'email'> | undefined> {
  return deps.database.prisma.$transaction(async transaction => {
    const accountId =
      'token' in which
        ? (await useLink(transaction, deps.clock, 'reopen', which.token))?.accountId
        : which.accountId;
    if (accountId === undefined) return undefined;
    const changed = await transaction.account.updateManyAndReturn({
      where: { id: accountId, status: { in: ['deactivated', 'closing'] } },
      data: { status: 'active', closesAt: null, updatedAt: dateOf(deps.clock) },
      select: { id: true, email: true },
    });
    const [account] = changed;
    if (account === undefined) return undefined;
    await recordEvent(transaction, deps, { type: 'account.reopened', accountId });
    await deps.outbox.add(transaction, { to: account.email, accountId, locale }, 'account-reopened', {
      url: await addLink(transaction, deps, { purpose: 'alarm', accountId }),
    });
    return account;
  });
}

/** Somebody has to be able to administer this Gatehouse. Two owners who leave at once see each other. */
async function isLastOwner(transaction: Transaction, accountId: string): Promise<boolean> {
  await lockName(transaction, 'owners');
  const owners = await transaction.account.findMany({
    where: { isOwner: true, status: 'active' },
    select: { id: true },
  });
  return owners.length === 1 && owners[0]?.id === accountId;
}
