import { accountsRepository, emailKeyOf } from '../accounts/index.ts';
import {
  challengeMinutes,
  type EmailChallenge,
  emailChallenges,
  spacedCode,
} from '../email-challenges/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { storeNewPassword } from '../passwords/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';

export interface RecoveryDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  issuer: string;
}

/**
 * Somebody cannot sign in with this address. Whoever has no account that could gets no mail; all else is the same.
 * @returns the id of the challenge
 */
export async function askToRecover(
  deps: RecoveryDeps,
  { email, clientId, locale }: { email: string; clientId: string | undefined; locale: string },
): Promise<string> {
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  // An address that nobody has proven may be somebody else's; an operator helps there, see createResetLink.
  const isReachable = account?.status === 'active' && account.isEmailVerified;
  const accountId = isReachable ? account.id : undefined;
  const id = await deps.database.prisma.$transaction(async transaction => {
    const challenge = { purpose: 'recover', email, accountId, clientId } as const;
    const started = await emailChallenges(deps).start(transaction, challenge);
    await mail(deps, transaction, { ...started, accountId, locale });
    return started.id;
  });
  deps.outbox.soon();
  return id;
}

/**
 * For an operator, who has other ways to know who asks.
 * @returns the token of a link; undefined where there is no active account with this address
 */
export async function createResetLink(
  deps: Pick<RecoveryDeps, 'database' | 'clock' | 'sealer'>,
  email: string,
): Promise<string | undefined> {
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  if (account?.status !== 'active') return undefined;
  const challenge = { purpose: 'recover', email, accountId: account.id, clientId: undefined } as const;
  const { secrets } = await deps.database.prisma.$transaction(transaction =>
    emailChallenges(deps).start(transaction, challenge),
  );
  return secrets?.token;
}

export async function mailAnotherResetCode(
  deps: RecoveryDeps,
  { id, accountId }: EmailChallenge,
  locale: string,
): Promise<'sent' | 'wait' | 'over'> {
  const result = await deps.database.prisma.$transaction(async transaction => {
    const renewed = await emailChallenges(deps).renew(transaction, id);
    if (renewed === undefined || renewed === 'wait') return renewed;
    await mail(deps, transaction, { ...renewed, accountId, locale });
    return 'sent';
  });
  deps.outbox.soon();
  return result ?? 'over';
}

export interface NewPassword {
  challenge: EmailChallenge;
  /** From the link; without one the code must have been entered. */
  token?: string | undefined;
  passwordHash: string;
  locale: string;
}

/**
 * The new password, and a mail that says so. Of any number of forms sent at once, one counts.
 * @returns the account; undefined where the challenge is over
 */
export async function resetPassword(
  deps: RecoveryDeps,
  { challenge, token, passwordHash, locale }: NewPassword,
): Promise<string | undefined> {
  const { id, accountId } = challenge;
  const isReset = await deps.database.prisma.$transaction(async transaction => {
    if (!(await emailChallenges(deps).use(transaction, id, token)) || accountId === undefined) return false;
    const account = await transaction.account.findFirst({ where: { id: accountId, status: 'active' } });
    if (account === null) return false;
    await storeNewPassword({ ...deps, transaction }, { account, hash: passwordHash, locale });
    return true;
  });
  deps.outbox.soon();
  return isReset ? accountId : undefined;
}

/** The nil UUID (RFC 9562 section 5.9): belongs to no account. */
const nobody = '00000000-0000-0000-0000-000000000000';

async function mail(
  { outbox, issuer }: RecoveryDeps,
  transaction: Transaction,
  {
    secrets,
    accountId,
    locale,
  }: {
    secrets: { code: string; token: string } | undefined;
    accountId: string | undefined;
    locale: string;
  },
): Promise<void> {
  if (secrets === undefined) return;
  // Asked either way: both take as long.
  const account = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
  const content = {
    code: spacedCode(secrets.code),
    url: `${issuer}/recover/${secrets.token}`,
    values: { minutes: String(challengeMinutes) },
  };
  // To nobody: as much work as to somebody, so that the time it takes tells nothing.
  await outbox.add(transaction, { to: account?.email, accountId, locale }, 'reset-password', content);
}
