import { accountsRepository, emailKeyOf, maySignIn } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import {
  type ChallengeDeps,
  type EmailChallenge,
  emailChallenges,
  type MailChallengeDeps,
  renewChallenge,
  spacedCode,
  startChallenge,
  type WriteMail,
} from '../email-challenges/index.ts';
import { nobody } from '../kernel/index.ts';
import { type PasswordPolicy, storeNewPassword } from '../passwords/index.ts';

export interface RecoveryDeps extends MailChallengeDeps {
  issuer: string;
  passwordPolicy: PasswordPolicy;
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
  const isReachable = account !== undefined && maySignIn(account) && account.isEmailVerified;
  const accountId = isReachable ? account.id : undefined;
  const write = mailTo(deps, { accountId, locale });
  return startChallenge(deps, { purpose: 'recover', email, accountId, clientId }, write);
}

export function mailAnotherResetCode(deps: RecoveryDeps, challenge: EmailChallenge, locale: string) {
  return renewChallenge(deps, challenge, mailTo(deps, { ...challenge, locale }));
}

/**
 * For an operator, who has other ways to know who asks.
 * @returns the token of a link; undefined where there is no active account with this address
 */
export async function createResetLink(deps: ChallengeDeps, email: string): Promise<string | undefined> {
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  if (account?.status !== 'active') return undefined;
  const challenge = { purpose: 'recover', email, accountId: account.id, clientId: undefined } as const;
  return deps.database.prisma.$transaction(async transaction => {
    const event = { type: 'reset-link.created', accountId: account.id, actor: { kind: 'operator' } } as const;
    await recordEvent(transaction, deps, event);
    const { secrets } = await emailChallenges(deps).start(transaction, challenge);
    return secrets?.token;
  });
}

export interface NewPassword {
  challenge: EmailChallenge;
  /** From the link; without one the code must have been entered. */
  token?: string | undefined;
  passwordHash: string;
  /** Good beside a second factor alone. */
  isShort: boolean;
  locale: string;
}

/**
 * The new password, and a mail that says so. Of any number of forms sent at once, one counts.
 * @returns the account; undefined where the challenge is over
 */
export async function resetPassword(
  deps: RecoveryDeps,
  { challenge, token, passwordHash, isShort, locale }: NewPassword,
): Promise<string | undefined> {
  const { id, accountId } = challenge;
  const isReset = await deps.database.prisma.$transaction(async transaction => {
    if (!(await emailChallenges(deps).use(transaction, id, token)) || accountId === undefined) return false;
    const account = await transaction.account.findFirst({ where: { id: accountId } });
    if (account === null || !maySignIn(account)) return false;
    const password = { account, hash: passwordHash, isShort, locale, type: 'password.reset' } as const;
    await storeNewPassword(transaction, deps, password);
    return true;
  });
  deps.outbox.soon();
  return isReset ? accountId : undefined;
}

function mailTo(
  { outbox, issuer, codes }: RecoveryDeps,
  { accountId, locale }: { accountId: string | undefined; locale: string },
): WriteMail {
  return async (transaction, { code, token }) => {
    const account = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
    // To nobody: as much work as to somebody, so that the time it takes tells nothing.
    await outbox.add(transaction, { to: account?.email, accountId, locale }, 'reset-password', {
      code: spacedCode(code),
      url: `${issuer}/recover/${token}`,
      values: { minutes: String(codes.minutes) },
    });
  };
}
