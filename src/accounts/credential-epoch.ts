import type { Transaction } from '../store/index.ts';

/**
 * A password or a factor has changed: what was trusted because of those before is not trusted any more, also where it is
 * being trusted at this moment.
 */
export async function renewCredentialEpoch(transaction: Transaction, accountId: string): Promise<void> {
  await transaction.account.updateMany({
    where: { id: accountId },
    data: { credentialEpoch: { increment: 1 } },
  });
}
