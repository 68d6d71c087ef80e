import { lockName, type Transaction } from '../store/index.ts';

/** Letters without accents only: names that look alike are one name, and none is an address. */
const shape = /^[a-z0-9][a-z0-9._-]{2,39}$/;

/** One spelling for look-up, as for addresses: `Ada` and `ａｄａ` are one name. */
export function usernameKeyOf(username: string): string {
  return username.normalize('NFKC').trim().toLowerCase();
}

export function isUsername(text: string): boolean {
  return shape.test(usernameKeyOf(text));
}

/**
 * Whoever asks for a name at the same moment waits until the transaction is over.
 * @returns whether somebody else has it
 */
export async function isUsernameTaken(
  transaction: Transaction,
  username: string,
  accountId: string | undefined,
): Promise<boolean> {
  const usernameKey = usernameKeyOf(username);
  await lockName(transaction, `username ${usernameKey}`);
  const holder = await transaction.account.findUnique({ where: { usernameKey }, select: { id: true } });
  return holder !== null && holder.id !== accountId;
}
