import { recordEvent } from '../audit/index.ts';
import { emailChallenges, type MailChallengeDeps } from '../email-challenges/index.ts';
import { removeFactorsSince } from '../mfa/index.ts';
import { linkDays, useLink } from '../one-use-links/index.ts';
import { type PasswordPolicy, removePassword } from '../passwords/index.ts';
import type { Transaction } from '../store/index.ts';

const dayMs = 24 * 60 * 60 * 1000;

export interface LockDownDeps extends MailChallengeDeps {
  issuer: string;
  passwordPolicy: PasswordPolicy;
}

/**
 * Somebody else is in the account, or may be: the password is good for nothing any more, nor is any factor that was set up
 * in the days for which the link in a mail about it is good, and its owner gets a mail with which to choose another password. Whoever calls this ends all sessions.
 */
export async function lockDown(
  transaction: Transaction,
  deps: LockDownDeps,
  { account, locale }: LockDown,
): Promise<void> {
  const { id: accountId, email } = account;
  await removePassword(transaction, accountId, deps.passwordPolicy);
  const since = new Date(deps.clock.now() - linkDays.alarm * dayMs);
  await removeFactorsSince(transaction, deps, accountId, since);
  // Whoever got in may have closed it.
  await transaction.account.updateMany({
    where: { id: accountId, status: { in: ['deactivated', 'closing'] } },
    data: { status: 'active', closesAt: null },
  });
  await recordEvent(transaction, deps, { type: 'account.locked-down', accountId });
  const challenge = { purpose: 'recover', email, accountId, clientId: undefined } as const;
  const { secrets } = await emailChallenges(deps).start(transaction, challenge);
  // Where that address got enough mail for now, the person asks for one from the sign-in page.
  if (secrets === undefined) return;
  await deps.outbox.add(transaction, { to: email, accountId, locale }, 'locked-down', {
    url: `${deps.issuer}/recover/${secrets.token}`,
    values: { minutes: String(deps.codes.minutes) },
  });
}

interface LockDown {
  account: { id: string; email: string };
  locale: string;
}

/**
 * The link "this wasn't me" of a mail. Of any number of uses at once, one counts.
 * @returns the account that is locked down; undefined where the link is over
 */
export async function lockDownByLink(
  deps: LockDownDeps,
  { token, locale }: { token: string; locale: string },
): Promise<{ id: string; email: string } | undefined> {
  const locked = await deps.database.prisma.$transaction(async transaction => {
    const link = await useLink(transaction, deps.clock, 'alarm', token);
    if (link === undefined) return undefined;
    const account = await transaction.account.findUniqueOrThrow({ where: { id: link.accountId } });
    await lockDown(transaction, deps, { account, locale });
    return { id: account.id, email: account.email };
  });
  deps.outbox.soon();
  return locked;
}
