import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf, digest, newSecret } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';
import { emailKeyOf } from './account.ts';
import { createAccount } from './create-account.ts';

interface Deps {
  database: Database;
  clock: Clock;
}

const lifetimeMs = 24 * 60 * 60 * 1000;

/**
 * A new one-use link for the first administrator; links made before die.
 * @returns the token that stands in the link, or undefined when there is an owner
 */
export async function createSetupLink({ database, clock }: Deps): Promise<string | undefined> {
  const token = newSecret();
  const now = dateOf(clock);
  return database.prisma.$transaction(async transaction => {
    if (await hasOwner(transaction)) return undefined;
    await transaction.setupLink.deleteMany();
    await transaction.setupLink.create({
      data: { tokenHash: digest(token), createdAt: now, expiresAt: new Date(now.getTime() + lifetimeMs) },
    });
    return token;
  });
}

export async function isSetupLinkUsable({ database, clock }: Deps, token: string): Promise<boolean> {
  const usable = await database.prisma.setupLink.count({ where: usableLink(token, clock) });
  return usable > 0 && !(await hasOwner(database.prisma));
}

/**
 * The account that owns this Gatehouse. The link is used up in the same transaction: of any number of forms sent at
 * once, one makes an account.
 * @param addCredential stores how the person will sign in
 */
export async function setUpFirstAccount(
  { database, clock, sealer }: Deps & { sealer: Sealer },
  { token, name, email }: { token: string; name: string; email: string },
  addCredential: (
    transaction: Transaction,
    credential: { accountId: string; changedAt: Date },
  ) => Promise<void>,
): Promise<'created' | 'link_dead' | 'email_taken'> {
  return database.prisma.$transaction(async transaction => {
    if (
      await transaction.account.findUnique({ where: { emailKey: emailKeyOf(email) }, select: { id: true } })
    ) {
      return 'email_taken';
    }
    const changedAt = dateOf(clock);
    const used = await transaction.setupLink.updateMany({
      where: usableLink(token, clock),
      data: { usedAt: changedAt },
    });
    if (used.count !== 1 || (await hasOwner(transaction))) return 'link_dead';
    const accountId = await createAccount(
      { transaction, clock },
      // Whoever holds the link holds the machine; the address itself is not proven.
      { email, isEmailVerified: false, claims: { name }, isOwner: true },
    );
    await addCredential(transaction, { accountId, changedAt });
    await recordEvent(transaction, { clock, sealer }, { type: 'account.created', accountId });
    return 'created';
  });
}

function usableLink(token: string, clock: Clock) {
  return { tokenHash: digest(token), usedAt: null, expiresAt: { gt: dateOf(clock) } };
}

async function hasOwner(transaction: Transaction): Promise<boolean> {
  return (await transaction.account.count({ where: { isOwner: true, status: { not: 'closing' } } })) > 0;
}
