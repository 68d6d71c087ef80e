import { accountsRepository, createAccount, emailKeyOf } from '../accounts/index.ts';
import {
  challengeMinutes,
  type EmailChallenge,
  emailChallenges,
  spacedCode,
} from '../email-challenges/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { storePasswordHash } from '../passwords/index.ts';
import { type Database, lockName, type Sealer, type Transaction } from '../store/index.ts';

export interface RegistrationDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
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
  const challenges = emailChallenges(deps);
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  const id = await deps.database.prisma.$transaction(async transaction => {
    const challenge = { purpose: 'register', email, accountId: account?.id, clientId } as const;
    const started = await challenges.start(transaction, challenge);
    await mail(deps, transaction, { ...started, ...challenge, locale });
    return started.id;
  });
  deps.outbox.soon();
  return id;
}

/** @returns 'wait' where the last mail is too fresh */
export async function mailAnotherCode(
  deps: RegistrationDeps,
  { id, email, accountId }: EmailChallenge,
  locale: string,
): Promise<'sent' | 'wait' | 'over'> {
  const challenges = emailChallenges(deps);
  const result = await deps.database.prisma.$transaction(async transaction => {
    const renewed = await challenges.renew(transaction, id);
    if (renewed === undefined || renewed === 'wait') return renewed;
    await mail(deps, transaction, { ...renewed, email, accountId, locale });
    return 'sent';
  });
  deps.outbox.soon();
  return result ?? 'over';
}

export interface Registration {
  challengeId: string;
  /** From the link; without one the code must have been entered. */
  token?: string | undefined;
  email: string;
  name: string;
  passwordHash: string;
}

/**
 * The account, with its address proven. Of any number of forms sent at once, one makes it.
 * @returns its id; undefined where the challenge is over, or somebody has the address by now
 */
export async function registerAccount(
  deps: RegistrationDeps,
  { challengeId, token, email, name, passwordHash }: Registration,
): Promise<string | undefined> {
  const challenges = emailChallenges(deps);
  return deps.database.prisma.$transaction(async transaction => {
    if (!(await challenges.use(transaction, challengeId, token))) return undefined;
    // Two people who read the mail of one address, at the same moment: the second finds the account of the first.
    const emailKey = emailKeyOf(email);
    await lockName(transaction, `account of ${emailKey}`);
    if ((await transaction.account.count({ where: { emailKey } })) > 0) return undefined;
    const accountId = await createAccount(
      { transaction, clock: deps.clock },
      { email, isEmailVerified: true, claims: { name }, isOwner: false },
    );
    await storePasswordHash(transaction, { accountId, hash: passwordHash, changedAt: dateOf(deps.clock) });
    return accountId;
  });
}

/** The nil UUID (RFC 9562 section 5.9): belongs to no account. */
const nobody = '00000000-0000-0000-0000-000000000000';

async function mail(
  { outbox, issuer }: RegistrationDeps,
  transaction: Transaction,
  {
    secrets,
    email,
    accountId,
    locale,
  }: {
    secrets: { code: string; token: string } | undefined;
    email: string;
    accountId: string | undefined;
    locale: string;
  },
): Promise<void> {
  if (secrets === undefined) return;
  // Asked either way: both take as long.
  const account = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
  if (account !== null) {
    // To the address as its owner spells it: what was typed here may reach somebody else.
    await outbox.add(transaction, { to: account.email, accountId, locale }, 'already-registered', {});
    return;
  }
  await outbox.add(transaction, { to: email.trim(), locale }, 'confirm-address', {
    code: spacedCode(secrets.code),
    url: `${issuer}/register/${secrets.token}`,
    values: { minutes: String(challengeMinutes) },
  });
}
