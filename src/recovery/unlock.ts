import { type Account, accountsRepository, emailKeyOf, maySignIn } from '../accounts/index.ts';
import { type Actor, recordEvent } from '../audit/index.ts';
import { type EmailChallenge, emailChallenges, startChallenge } from '../email-challenges/index.ts';
import { nobody } from '../kernel/index.ts';
import { type AttemptLimits, attemptsRepository } from '../throttling/index.ts';
import type { RecoveryDeps } from './recover-account.ts';

export interface UnlockDeps extends RecoveryDeps {
  attemptLimits: AttemptLimits;
}

/**
 * Somebody tried too often to be this person, who has to wait with everybody else: a mail tells them and lets them go on
 * at once. One an hour at most. For whom there is no account there is as much work and no mail.
 */
export async function offerToUnlock(
  deps: UnlockDeps,
  { identifier, locale }: { identifier: string; locale: string },
): Promise<void> {
  const account = await accountsRepository(deps.database).findByIdentifier(identifier);
  const email = account?.email ?? identifier;
  const offer = { limit: deps.attemptLimits.unlockMailOfIdentifier, subject: emailKeyOf(email) };
  if ((await attemptsRepository(deps).take(offer)) > 0) return;
  const accountId = account !== undefined && maySignIn(account) ? account.id : undefined;
  const challenge = { purpose: 'unlock', email, accountId, clientId: undefined } as const;
  await startChallenge(deps, challenge, async (transaction, { token }) => {
    const found = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
    await deps.outbox.add(transaction, { to: found?.email, accountId, locale }, 'too-many-attempts', {
      url: `${deps.issuer}/unlock/${token}`,
      values: { minutes: String(deps.codes.minutes) },
    });
  });
}

/** The link in that mail. @returns the account; undefined where the link is over */
export async function unlockByLink(
  deps: UnlockDeps,
  { challenge, token }: { challenge: EmailChallenge; token: string },
): Promise<Account | undefined> {
  const account = await accountsRepository(deps.database).findById(challenge.accountId ?? nobody);
  if (account === undefined) return undefined;
  const isUsed = await deps.database.prisma.$transaction(async transaction => {
    if (!(await emailChallenges(deps).use(transaction, challenge.id, token))) return false;
    await recordEvent(transaction, deps, { type: 'account.unlocked', accountId: account.id });
    return true;
  });
  if (!isUsed) return undefined;
  await forgetAttempts(deps, account);
  return account;
}

/** By who may, for somebody whose mail does not arrive. */
export async function unlockAccount(
  deps: Pick<UnlockDeps, 'database' | 'clock' | 'sealer' | 'attemptLimits'>,
  account: Account,
  actor: Actor,
): Promise<void> {
  await deps.database.prisma.$transaction(transaction =>
    recordEvent(transaction, deps, { type: 'account.unlocked', accountId: account.id, actor }),
  );
  await forgetAttempts(deps, account);
}

/** What was counted against a person, whoever it was that tried. */
export async function forgetAttempts(
  deps: Pick<UnlockDeps, 'database' | 'clock' | 'attemptLimits'>,
  { email }: Pick<Account, 'email'>,
): Promise<void> {
  const { passwordOfIdentifier, unlockMailOfIdentifier } = deps.attemptLimits;
  const subject = emailKeyOf(email);
  const attempts = attemptsRepository(deps);
  await attempts.forget({ limit: passwordOfIdentifier, subject });
  await attempts.forget({ limit: unlockMailOfIdentifier, subject });
}
