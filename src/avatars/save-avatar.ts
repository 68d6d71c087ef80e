import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf, newSecret } from '../kernel/index.ts';
import { type Database, lockName, type Sealer, type Transaction } from '../store/index.ts';
import type { AvatarStore } from './avatars.repository.ts';

interface Deps {
  database: Database;
  avatars: AvatarStore;
  clock: Clock;
  sealer: Sealer;
}

/** In place of the one before, whose address leads nowhere from now on. */
export async function saveAvatar(deps: Deps, accountId: string, bytes: Uint8Array): Promise<void> {
  const name = newSecret(16);
  await change(deps, accountId, async transaction => {
    await deps.avatars.put(transaction, { accountId, name, bytes, createdAt: dateOf(deps.clock) });
    await recordEvent(transaction, deps, { type: 'avatar.changed', accountId });
    return name;
  });
}

export async function removeAvatar(deps: Deps, accountId: string): Promise<void> {
  await change(deps, accountId, async transaction => {
    if (!(await deps.avatars.remove(transaction, accountId))) return undefined;
    await recordEvent(transaction, deps, { type: 'avatar.removed', accountId });
    return null;
  });
}

/** @param work what the account has afterwards; undefined where nothing changed */
async function change(
  { database, clock }: Deps,
  accountId: string,
  work: (transaction: Transaction) => Promise<string | null | undefined>,
): Promise<void> {
  await database.prisma.$transaction(async transaction => {
    // Two uploads at once leave one picture, and the account names that one.
    await lockName(transaction, `profile of ${accountId}`);
    const avatarName = await work(transaction);
    if (avatarName === undefined) return;
    await transaction.account.update({
      where: { id: accountId },
      data: { avatarName, updatedAt: dateOf(clock) },
    });
  });
}
