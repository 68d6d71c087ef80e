import type { Transaction } from '../store/index.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** Keeps the present password among the former ones, and no more of those than the policy looks at. */
export async function keepAsFormer(
  transaction: Transaction,
  accountId: string,
  history: number,
): Promise<void> {
  const present = await transaction.passwordCredential.findUnique({ where: { accountId } });
  // The present one is looked at too, so that one fewer has to be kept.
  const kept = Math.max(0, history - 1);
  if (present !== null && kept > 0) {
    const { hash, changedAt } = present;
    await transaction.formerPassword.createMany({
      data: [{ accountId, hash, changedAt }],
      skipDuplicates: true,
    });
  }
  const over = await transaction.formerPassword.findMany({
    where: { accountId },
    orderBy: { changedAt: 'desc' },
    skip: kept,
  });
  await transaction.formerPassword.deleteMany({
    where: { accountId, changedAt: { in: over.map(({ changedAt }) => changedAt) } },
  });
}

/** One hash after the other, until one is it: at a change, never at a sign-in. */
export async function isFormer(
  hasher: Pick<PasswordHasher, 'verify'>,
  hashes: readonly string[],
  password: string,
): Promise<boolean> {
  for (const hash of hashes) if (await hasher.verify(hash, password)) return true;
  return false;
}
