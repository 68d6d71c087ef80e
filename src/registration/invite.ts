import { accountsRepository, emailKeyOf } from '../accounts/index.ts';
import { startChallenge } from '../email-challenges/index.ts';
import type { RegistrationDeps } from './register-account.ts';

const minutesOfDay = 24 * 60;

/**
 * Somebody may make an account with this address, by the link in a mail: who reads that is who they are.
 * @returns false where there is an account with it
 */
export async function inviteToRegister(
  deps: RegistrationDeps,
  {
    email,
    days,
    clientId,
    locale,
  }: { email: string; days: number; clientId: string | undefined; locale: string },
): Promise<boolean> {
  const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
  if (account !== undefined) return false;
  const challenge = {
    purpose: 'register',
    email,
    accountId: undefined,
    clientId,
    minutes: days * minutesOfDay,
  } as const;
  await startChallenge(deps, challenge, async (transaction, { token }) => {
    await deps.outbox.add(transaction, { to: email.trim(), locale }, 'invitation', {
      url: `${deps.issuer}/register/${token}`,
      values: { issuer: deps.issuer, days: String(days) },
    });
  });
  return true;
}
