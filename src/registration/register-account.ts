import { accountsRepository, createAccount, emailKeyOf, isUsernameTaken } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import type { Documents } from '../documents/index.ts';
import {
  type EmailChallenge,
  emailChallenges,
  type MailChallengeDeps,
  renewChallenge,
  spacedCode,
  startChallenge,
  type WriteMail,
} from '../email-challenges/index.ts';
import { dateOf, nobody } from '../kernel/index.ts';
import { storePasswordHash } from '../passwords/index.ts';
import { lockName } from '../store/index.ts';

export interface RegistrationDeps extends MailChallengeDeps {
  issuer: string;
}

/**
 * Somebody wants an account with this address. Who has one already learns that from the mail, and nobody from the page:
 * both ways take the same steps.
 * @returns the id of the challenge
 */
export async function askToRegister(
  deps: RegistrationDeps,
  { email, clientId, locale }: { email: string; clientId: string | undefined; locale: string },
): Promise<string> {
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  const accountId = account?.id;
  const write = mailTo(deps, { email, accountId, locale });
  return startChallenge(deps, { purpose: 'register', email, accountId, clientId }, write);
}

export function mailAnotherCode(deps: RegistrationDeps, challenge: EmailChallenge, locale: string) {
  return renewChallenge(deps, challenge, mailTo(deps, { ...challenge, locale }));
}

export interface Registration {
  challengeId: string;
  /** From the link; without one the code must have been entered. */
  token?: string | undefined;
  email: string;
  name: string;
  username?: string | undefined;
  passwordHash: string;
  /** What they agreed to by making it. */
  documents: { versions: readonly string[]; locale: string };
}

/**
 * The account, with its address proven. Of any number of forms sent at once, one makes it.
 * @returns undefined where the challenge is over, or somebody has the address by now
 */
export async function registerAccount(
  deps: RegistrationDeps & { documents: Documents },
  { challengeId, token, email, name, username, passwordHash, documents }: Registration,
): Promise<{ accountId: string } | 'username_taken' | undefined> {
  const challenges = emailChallenges(deps);
  return deps.database.prisma.$transaction(async transaction => {
    // Looked at first: whoever chooses another name needs the challenge once more.
    if (username !== undefined && (await isUsernameTaken(transaction, username, undefined)))
      return 'username_taken';
    if (!(await challenges.use(transaction, challengeId, token))) return undefined;
    // Two people who read the mail of one address, at the same moment: the second finds the account of the first.
    const emailKey = emailKeyOf(email);
    await lockName(transaction, `account of ${emailKey}`);
    if ((await transaction.account.count({ where: { emailKey } })) > 0) return undefined;
    const accountId = await createAccount(
      { transaction, clock: deps.clock },
      { email, isEmailVerified: true, username, claims: { name }, isOwner: false },
    );
    await storePasswordHash(transaction, { accountId, hash: passwordHash, changedAt: dateOf(deps.clock) });
    await recordEvent(transaction, deps, { type: 'account.created', accountId });
    await deps.documents.accept(transaction, { ...documents, accountId });
    return { accountId };
  });
}

function mailTo(
  { outbox, issuer, codes }: RegistrationDeps,
  { email, accountId, locale }: { email: string; accountId: string | undefined; locale: string },
): WriteMail {
  return async (transaction, { code, token }) => {
    const account = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
    if (account !== null) {
      // To the address as its owner spells it: what was typed here may reach somebody else.
      await outbox.add(transaction, { to: account.email, accountId, locale }, 'already-registered', {});
      return;
    }
    await outbox.add(transaction, { to: email.trim(), locale }, 'confirm-address', {
      code: spacedCode(code),
      url: `${issuer}/register/${token}`,
      values: { minutes: String(codes.minutes) },
    });
  };
}
