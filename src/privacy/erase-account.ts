import { randomUUID } from 'node:crypto';
import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf, isId } from '../kernel/index.ts';
import type { KeyRing } from '../keys/index.ts';
import { type Outbox, outgoingMails } from '../mail/index.ts';
import { forgetAttempts } from '../recovery/index.ts';
import { logoutQueue } from '../sign-out/index.ts';
import { type ArtifactStore, type Database, lockName, type Sealer } from '../store/index.ts';
import type { Locales } from '../templates/index.ts';
import type { AttemptLimits } from '../throttling/index.ts';
import { erasuresRepository } from './erasures.repository.ts';
import { signReceipt } from './receipt.ts';

export interface EraseDeps {
  database: Database;
  artifacts: ArtifactStore;
  clock: Clock;
  sealer: Sealer;
  keys: KeyRing;
  outbox: Outbox;
  locales: Locales;
  issuer: string;
  attemptLimits: AttemptLimits;
  /** Signs out everywhere, and has the apps told. */
  endSessions(accountId: string): Promise<void>;
}

/** What an erased account may have left where no row leads from it. */
interface Remains {
  accountId: string;
  /** As they stand in short-lived records. */
  texts: string[];
}

const atOnce = 20;

/**
 * Erases the accounts whose time is over. Whoever dies in the middle is taken over from: an account is gone in one
 * transaction, and what remains of it among short-lived records is on a list until it is gone too.
 * @returns how many accounts
 */
export async function eraseDue(deps: EraseDeps): Promise<number> {
  const erasures = erasuresRepository(deps);
  const due = await erasures.due(atOnce);
  for (const accountId of due) await eraseAccount(deps, accountId);
  await removeRemains(deps);
  return due.length;
}

/** The receipt of an erasure, as a compact JWS. */
export async function findReceipt(
  { database }: Pick<EraseDeps, 'database'>,
  id: string,
): Promise<{ receipt: string; erasedAt: Date } | undefined> {
  if (!isId(id)) return undefined;
  return (await database.prisma.erasure.findUnique({ where: { id } })) ?? undefined;
}

async function eraseAccount(deps: EraseDeps, accountId: string): Promise<void> {
  const { database, clock, sealer, outbox, keys, issuer, locales } = deps;
  await deps.endSessions(accountId);
  const account = await database.prisma.account.findUnique({ where: { id: accountId } });
  if (account === null) return;
  const { email, emailKey } = account;
  await outgoingMails(deps).forget(email);
  await forgetAttempts(deps, account);
  const chosen = (account.claims as Record<string, unknown>)['locale'];
  const locale = locales.match({
    uiLocales: undefined,
    chosen: typeof chosen === 'string' ? chosen : undefined,
    acceptLanguage: undefined,
  });
  const id = randomUUID();
  await database.prisma.$transaction(async transaction => {
    await lockName(transaction, `erasure of ${accountId}`);
    const erased = await erasuresRepository(deps).count(transaction, accountId);
    // Taken back at the last moment, or erased by another process.
    const gone = await transaction.account.deleteMany({
      where: { id: accountId, status: 'closing', closesAt: { lte: dateOf(clock) } },
    });
    if (gone.count === 0) return;
    await transaction.emailChallenge.deleteMany({ where: { emailKey } });
    await recordEvent(
      transaction,
      { clock, sealer },
      { type: 'account.erased', accountId: undefined, actor: { kind: 'system' } },
    );
    const erasedAt = dateOf(clock);
    const receipt = await signReceipt(keys, { id, issuer, erasedAt, erased });
    const texts = [...new Set([accountId, email, emailKey])];
    const remains: Remains = { accountId, texts };
    const remaining = await sealer.seal(JSON.stringify(remains), `erasure/${id}`);
    await transaction.erasure.create({ data: { id, erasedAt, receipt, remaining } });
    await outbox.add(transaction, { to: email, locale }, 'account-erased', {
      url: `${issuer}/receipts/${id}`,
    });
  });
  outbox.soon();
}

/** One look through the store for all that were erased meanwhile: it has no index of who things are about. */
async function removeRemains({ artifacts, sealer, ...deps }: EraseDeps): Promise<void> {
  const erasures = erasuresRepository(deps);
  const claimed = await erasures.claim();
  if (claimed.length === 0) return;
  const all = await Promise.all(
    claimed.map(
      async ({ id, remaining }) => JSON.parse(await sealer.open(remaining, `erasure/${id}`)) as Remains,
    ),
  );
  await artifacts.removeNaming(all.flatMap(({ texts }) => texts));
  for (const { accountId } of all) await logoutQueue(deps).forget(accountId);
  await erasures.finish(claimed.map(({ id }) => id));
}
