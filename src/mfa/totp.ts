import { Secret, TOTP } from 'otpauth';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';

/** What every authenticator app understands (RFC 6238 with the defaults of its section 1.2). */
const period = 30;
const digits = 6;

interface Deps {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  sealer: Sealer;
}

/** A key that is not stored: it goes to the page and comes back, sealed, with the first code. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What the QR code says. */
export function totpAddress(secret: string, { issuer, label }: { issuer: string; label: string }): string {
  return generator(secret, { issuer, label }).toString();
}

/**
 * The time step that a code is of: this one, the one before or the one after.
 * @returns undefined where it is of none
 */
export function stepOf(clock: Clock, secret: string, code: string): number | undefined {
  const token = code.normalize('NFKC').replaceAll(/[\s\p{Pd}.]/gu, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const delta = generator(secret).validate({ token, timestamp: clock.now(), window: 1 });
  return delta === null ? undefined : Math.floor(clock.now() / 1000 / period) + delta;
}

/** Instead of one that was there before. The code that confirmed it is used up. */
export async function storeTotp(
  transaction: Transaction,
  { clock, sealer }: Pick<Deps, 'clock' | 'sealer'>,
  { accountId, secret, step }: { accountId: string; secret: string; step: number },
): Promise<void> {
  const stored = {
    sealedSecret: await sealer.seal(secret, bindingOf(accountId)),
    lastStep: step,
    createdAt: dateOf(clock),
    lastUsedAt: null,
  };
  await transaction.totpCredential.upsert({
    where: { accountId },
    create: { accountId, ...stored },
    update: stored,
  });
}

/** Of any number that bring one code at once, one is right: a step is accepted once, and never an older one after it. */
export async function verifyTotp(
  { database, clock, sealer }: Deps,
  { accountId, code }: { accountId: string; code: string },
): Promise<boolean> {
  const { rows } = await database.pool.query<{ sealedSecret: string }>({
    name: 'totp-secret',
    text: 'SELECT sealed_secret AS "sealedSecret" FROM totp_credential WHERE account_id = $1',
    values: [accountId],
  });
  const [row] = rows;
  if (row === undefined) return false;
  const step = stepOf(clock, await sealer.open(row.sealedSecret, bindingOf(accountId)), code);
  if (step === undefined) return false;
  const { rowCount } = await database.pool.query({
    name: 'totp-use',
    text: `UPDATE totp_credential SET last_step = $2, last_used_at = $3
           WHERE account_id = $1 AND last_step < $2 AND sealed_secret = $4`,
    values: [accountId, step, dateOf(clock), row.sealedSecret],
  });
  return rowCount === 1;
}

function generator(secret: string, about: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({ ...about, secret: Secret.fromBase32(secret), period, digits });
}

function bindingOf(accountId: string): string {
  return `totp/${accountId}`;
}

export async function totpOf(
  { prisma }: Pick<Database, 'prisma'>,
  accountId: string,
): Promise<{ createdAt: Date; lastUsedAt: Date | undefined } | undefined> {
  const row = await prisma.totpCredential.findUnique({
    where: { accountId },
    select: { createdAt: true, lastUsedAt: true },
  });
  return row === null ? undefined : { createdAt: row.createdAt, lastUsedAt: row.lastUsedAt ?? undefined };
}
