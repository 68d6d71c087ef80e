import { type Clock, dateOf } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import type { Database, Transaction } from '../store/index.ts';
import type { Locales } from '../templates/index.ts';
import type { Owner } from './change-factors.ts';

interface Deps {
  database: Database;
  clock: Clock;
  outbox: Outbox;
  issuer: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Before the day the last mail is written. */
const lastDays = 3;

/** Far beyond anybody. */
const never = new Date('9999-01-01T00:00:00Z');

/** The day from which this account needs a second factor is settled the first time it is said, and a mail says it too. */
export async function startGrace(deps: Deps, owner: Owner, dueAt: Date): Promise<void> {
  const { database, outbox } = deps;
  const accountId = owner.account.id;
  await database.prisma.$transaction(async transaction => {
    const { count } = await transaction.factorReminder.createMany({
      data: [{ accountId, dueAt }],
      skipDuplicates: true,
    });
    const first =
      count === 1 ||
      (await transaction.factorReminder.updateMany({ where: { accountId, dueAt: null }, data: { dueAt } }))
        .count === 1;
    if (first) await tellDue(transaction, deps, owner, dueAt);
  });
  outbox.soon();
}

/** @param days for how long it is not offered again */
export async function postponePasskeyOffer(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  accountId: string,
  days: number | 'never',
): Promise<void> {
  const passkeyOfferAt = days === 'never' ? never : new Date(clock.now() + days * dayMs);
  await database.prisma.factorReminder.upsert({
    where: { accountId },
    create: { accountId, passkeyOfferAt },
    update: { passkeyOfferAt },
  });
}

/** Once, a few days before it is due, to who still has none. To be called again and again, in every process. */
export async function remindOfFactors(deps: Deps & { locales: Locales }): Promise<void> {
  const { database, clock } = deps;
  const due = await database.prisma.factorReminder.findMany({
    where: {
      remindedAt: null,
      dueAt: { gt: dateOf(clock), lt: new Date(clock.now() + lastDays * dayMs) },
      account: { status: 'active', totp: null, passkeys: { none: {} } },
    },
    take: 100,
    include: { account: { select: { id: true, email: true, claims: true } } },
  });
  for (const { accountId, account, dueAt } of due) {
    const { locale: wish } = account.claims as { locale?: unknown };
    const locale = deps.locales.match({ chosen: typeof wish === 'string' ? wish : undefined });
    await database.prisma.$transaction(async transaction => {
      const { count } = await transaction.factorReminder.updateMany({
        where: { accountId, remindedAt: null },
        data: { remindedAt: dateOf(clock) },
      });
      if (count === 1 && dueAt !== null) await tellDue(transaction, deps, { account, locale }, dueAt);
    });
  }
  if (due.length > 0) deps.outbox.soon();
}

async function tellDue(
  transaction: Transaction,
  { outbox, issuer }: Pick<Deps, 'outbox' | 'issuer'>,
  { account, locale }: Owner,
  dueAt: Date,
): Promise<void> {
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(dueAt);
  await outbox.add(transaction, { to: account.email, accountId: account.id, locale }, 'second-factor-due', {
    url: `${issuer}/account/factors`,
    values: { date },
  });
}
