import { randomBytes } from 'node:crypto';
import { type Clock, dateOf, keyedDigest, newSecret } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';

/** Without letters and digits that look alike (Crockford's alphabet): five bits each. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const codes = 10;
/** 80 bits. */
const length = 16;

/**
 * Ten codes instead of those before. They are returned once and stored under a keyed digest; the key is sealed.
 * @returns as people read them, in groups of four
 */
export async function replaceRecoveryCodes(
  transaction: Transaction,
  { clock, sealer }: { clock: Clock; sealer: Sealer },
  accountId: string,
): Promise<string[]> {
  const key = newSecret();
  const sealedKey = await sealer.seal(key, bindingOf(accountId));
  const made = Array.from({ length: codes }, newCode);
  await transaction.recoveryCode.deleteMany({ where: { accountId } });
  await transaction.recoveryCode.createMany({
    data: made.map(code => ({
      accountId,
      codeDigest: digestOf(key, code),
      sealedKey,
      createdAt: dateOf(clock),
    })),
  });
  return made.map(code => (code.match(/.{4}/g) ?? []).join('-'));
}

/** Of any number that bring one code at once, one is right. */
export async function useRecoveryCode(
  transaction: Transaction,
  { clock, sealer }: { clock: Clock; sealer: Sealer },
  { accountId, code }: { accountId: string; code: string },
): Promise<boolean> {
  const some = await transaction.recoveryCode.findFirst({ where: { accountId, usedAt: null } });
  if (some === null) return false;
  const key = await sealer.open(some.sealedKey, bindingOf(accountId));
  const { count } = await transaction.recoveryCode.updateMany({
    where: { accountId, codeDigest: digestOf(key, plainCode(code)), usedAt: null },
    data: { usedAt: dateOf(clock) },
  });
  return count === 1;
}

/** How many are left, and since when there are any. */
export async function recoveryCodesOf(
  { prisma }: Pick<Database, 'prisma'>,
  accountId: string,
): Promise<{ left: number; since: Date | undefined }> {
  const rows = await prisma.recoveryCode.findMany({
    where: { accountId },
    select: { usedAt: true, createdAt: true },
  });
  return { left: rows.filter(({ usedAt }) => usedAt === null).length, since: rows[0]?.createdAt };
}

function newCode(): string {
  // 32 characters, so that every byte is as likely to be each of them.
  return [...randomBytes(length)].map(byte => alphabet[byte % alphabet.length]).join('');
}

/** As it is meant: whatever stood between the groups, in any case, and with what Crockford reads as the same. */
function plainCode(entered: string): string {
  return entered
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1');
}

function digestOf(key: string, code: string): string {
  return keyedDigest(key, 'recovery-code', code);
}

function bindingOf(accountId: string): string {
  return `recovery-codes/${accountId}`;
}
