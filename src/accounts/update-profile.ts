import { isDeepStrictEqual } from 'node:util';
import { type Actor, recordEvent } from '../audit/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import { type Database, lockName, type Sealer } from '../store/index.ts';
import type { ProfileClaims } from './account.ts';
import { isUsernameTaken, usernameKeyOf } from './username.ts';

export interface ProfileChange {
  /** Of OpenID Connect Core 1.0 section 5.1. Those that are not named stay as they are; those that are undefined go. */
  claims: ProfileClaims;
  /** Left out where it stays; empty where it goes. */
  username?: string | undefined;
}

/** What a person says of themselves. @returns `username_taken` where nothing was written, because somebody has the name */
export async function updateProfile(
  { database, clock, sealer }: { database: Database; clock: Clock; sealer: Sealer },
  accountId: string,
  { claims: changes, username }: ProfileChange,
  actor: Actor = { kind: 'account' },
): Promise<'username_taken' | undefined> {
  return database.prisma.$transaction(async transaction => {
    // Two forms at once must not undo each other.
    await lockName(transaction, `profile of ${accountId}`);
    const account = await transaction.account.findUniqueOrThrow({ where: { id: accountId } });
    const before = account.claims as ProfileClaims;
    const merged = { ...before, ...changes };
    const phone = merged['phone_number'];
    if (phone !== before['phone_number'] || phone === undefined) {
      // Nobody has rung the new one yet.
      merged['phone_number_verified'] = phone === undefined ? undefined : false;
    }
    const claims = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
    const changed = [...new Set([...Object.keys(before), ...Object.keys(claims)])].filter(
      name => !isDeepStrictEqual(before[name], claims[name]),
    );
    const isRenamed = username !== undefined && username !== (account.username ?? '');
    if (isRenamed && username !== '' && (await isUsernameTaken(transaction, username, accountId))) {
      return 'username_taken';
    }
    if (isRenamed) changed.push('preferred_username');
    if (changed.length === 0) return undefined;
    await recordEvent(
      transaction,
      { clock, sealer },
      { type: 'profile.changed', accountId, actor, details: { claims: changed.join(' ') } },
    );
    await transaction.account.update({
      where: { id: accountId },
      data: { claims: claims as never, ...(isRenamed ? namedAs(username) : {}), updatedAt: dateOf(clock) },
    });
    return undefined;
  });
}

function namedAs(username: string) {
  return username === ''
    ? { username: null, usernameKey: null }
    : { username, usernameKey: usernameKeyOf(username) };
}
