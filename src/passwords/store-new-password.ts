import { type Clock, dateOf } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import type { Transaction } from '../store/index.ts';
import { storePasswordHash } from './passwords.repository.ts';

/** A password of somebody's choosing instead of the one before, and a mail that says so to whom it belongs. */
export async function storeNewPassword(
  { transaction, clock, outbox }: { transaction: Transaction; clock: Clock; outbox: Outbox },
  { account, hash, locale }: { account: { id: string; email: string }; hash: string; locale: string },
): Promise<void> {
  await storePasswordHash(transaction, { accountId: account.id, hash, changedAt: dateOf(clock) });
  const recipient = { to: account.email, accountId: account.id, locale };
  await outbox.add(transaction, recipient, 'password-changed', {});
}
