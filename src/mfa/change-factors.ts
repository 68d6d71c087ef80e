import { renewCredentialEpoch } from '../accounts/index.ts';
import { type EventTypeName, recordEvent } from '../audit/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { addLink } from '../one-use-links/index.ts';
import { type Database, lockName, type Sealer, type Transaction } from '../store/index.ts';
import type { EnrollableFactor } from './factor.ts';
import { insertPasskey, type Passkey } from './passkeys.repository.ts';
import { replaceRecoveryCodes, useRecoveryCode } from './recovery-codes.ts';
import { storeTotp } from './totp.ts';

export interface ChangeFactorsDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
}

/** Whose factors change, and in which language they are told. */
export interface Owner {
  account: { id: string; email: string };
  locale: string;
}

/** What was made beside a first second factor: ways back in, shown once. Undefined where there were some. */
export interface Enrolled {
  recoveryCodes: string[] | undefined;
}

/**
 * Stores a passkey or an authenticator app that its owner has just proved to have. With the first of them come recovery
 * codes, so that there are two ways back in.
 * @returns undefined where it cannot be stored: somebody has this passkey already, or there are too many
 */
export function enrolFactor(
  deps: ChangeFactorsDeps,
  owner: Owner,
  enrolment: { passkey: Passkey } | { totp: { secret: string; step: number } },
): Promise<Enrolled | undefined> {
  const factor = 'passkey' in enrolment ? 'passkey' : 'totp';
  return inTransaction(deps, async transaction => {
    const accountId = owner.account.id;
    // Two at once would each make recovery codes, and one set of them would be shown in vain.
    await lockName(transaction, `factors of ${accountId}`);
    if ('totp' in enrolment) await storeTotp(transaction, deps, { accountId, ...enrolment.totp });
    else if (!(await insertPasskey(transaction, enrolment.passkey))) return undefined;
    await factorsChanged(transaction, deps, owner, { type: 'factor.enrolled', factor });
    const left = await transaction.recoveryCode.count({ where: { accountId, usedAt: null } });
    return {
      recoveryCodes: left > 0 ? undefined : await replaceRecoveryCodes(transaction, deps, accountId),
    };
  });
}

/** @returns false where it is not there any more */
export function removeFactor(
  deps: ChangeFactorsDeps,
  owner: Owner,
  factor: 'totp' | { passkeyId: string },
): Promise<boolean> {
  return inTransaction(deps, async transaction => {
    const accountId = owner.account.id;
    const { count } =
      factor === 'totp'
        ? await transaction.totpCredential.deleteMany({ where: { accountId } })
        : await transaction.passkey.deleteMany({ where: { accountId, id: factor.passkeyId } });
    if (count === 0) return false;
    const name = factor === 'totp' ? 'totp' : 'passkey';
    await factorsChanged(transaction, deps, owner, { type: 'factor.removed', factor: name });
    await withoutNeedlessCodes(transaction, accountId);
    return true;
  });
}

export function renamePasskey(
  { database }: Pick<ChangeFactorsDeps, 'database'>,
  { accountId, passkeyId, name }: { accountId: string; passkeyId: string; name: string },
): Promise<unknown> {
  return database.prisma.passkey.updateMany({ where: { id: passkeyId, accountId }, data: { name } });
}

/** Ten new ones; those before are worth nothing any more. */
export function renewRecoveryCodes(deps: ChangeFactorsDeps, owner: Owner): Promise<string[]> {
  return inTransaction(deps, async transaction => {
    const accountId = owner.account.id;
    const { url, recipient } = await told(transaction, deps, owner);
    await deps.outbox.add(transaction, recipient, 'recovery-codes-renewed', { url });
    await recordEvent(transaction, deps, { type: 'recovery-codes.renewed', accountId });
    return replaceRecoveryCodes(transaction, deps, accountId);
  });
}

/** Of any number that bring one code at once, one gets in, and its owner is told. */
export function proveRecoveryCode(deps: ChangeFactorsDeps, owner: Owner, code: string): Promise<boolean> {
  return inTransaction(deps, async transaction => {
    const accountId = owner.account.id;
    if (!(await useRecoveryCode(transaction, deps, { accountId, code }))) return false;
    const left = await transaction.recoveryCode.count({ where: { accountId, usedAt: null } });
    const values = { left: String(left) };
    await recordEvent(transaction, deps, { type: 'recovery-code.used', accountId, details: values });
    const { url, recipient } = await told(transaction, deps, owner);
    await deps.outbox.add(transaction, recipient, 'recovery-code-used', { url, values });
    return true;
  });
}

/**
 * Somebody else may be in the account: whatever was set up in the days in which its owner can still say so goes. What is
 * older is the owner's, and stays.
 */
export async function removeFactorsSince(
  transaction: Transaction,
  deps: Omit<ChangeFactorsDeps, 'database'>,
  accountId: string,
  since: Date,
): Promise<void> {
  const where = { accountId, createdAt: { gte: since } };
  const passkeys = await transaction.passkey.deleteMany({ where });
  const totps = await transaction.totpCredential.deleteMany({ where });
  await transaction.recoveryCode.deleteMany({ where });
  await renewCredentialEpoch(transaction, accountId);
  for (const [factor, { count }] of [
    ['passkey', passkeys],
    ['totp', totps],
  ] as const) {
    if (count > 0) {
      await recordEvent(transaction, deps, { type: 'factor.removed', accountId, details: { factor } });
    }
  }
}

/** Written with whatever took factors away or brought them: trusted browsers are none any more, and the owner is told. */
async function factorsChanged(
  transaction: Transaction,
  deps: Omit<ChangeFactorsDeps, 'database'>,
  owner: Owner,
  change: { type: Extract<EventTypeName, 'factor.enrolled' | 'factor.removed'>; factor: EnrollableFactor },
): Promise<void> {
  const accountId = owner.account.id;
  const { type, factor } = change;
  await renewCredentialEpoch(transaction, accountId);
  await recordEvent(transaction, deps, { type, accountId, details: { factor } });
  const { url, recipient } = await told(transaction, deps, owner);
  const mail = type === 'factor.enrolled' ? 'factor-enrolled' : 'factor-removed';
  await deps.outbox.add(transaction, recipient, mail, { url, values: { factor } });
}

/** Codes that stand in for factors are of no use without any. */
async function withoutNeedlessCodes(transaction: Transaction, accountId: string): Promise<void> {
  const where = { accountId };
  const [passkeys, totps] = await Promise.all([
    transaction.passkey.count({ where }),
    transaction.totpCredential.count({ where }),
  ]);
  if (passkeys + totps === 0) await transaction.recoveryCode.deleteMany({ where });
}

async function inTransaction<Result>(
  { database, outbox }: ChangeFactorsDeps,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  const result = await database.prisma.$transaction(work);
  outbox.soon();
  return result;
}

/** To whom a mail about it goes, with a link for who did not want it. */
async function told(
  transaction: Transaction,
  deps: Omit<ChangeFactorsDeps, 'database'>,
  { account, locale }: Owner,
) {
  const { id: accountId, email: to } = account;
  const url = await addLink(transaction, deps, { purpose: 'alarm', accountId });
  return { url, recipient: { to, accountId, locale } };
}
