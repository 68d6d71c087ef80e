import type { FindAccount, Account as ProviderAccount } from 'oidc-provider';
import { type Account, accountsRepository } from '../accounts/index.ts';
import { avatarPath } from '../avatars/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { guard } from './guard.ts';
import { rememberBriefly } from './remember-briefly.ts';

/** Only active accounts exist for the protocol: one that was disabled is refused on every grant, within seconds. */
export function createFindAccount({
  database,
  clock,
  issuer,
}: {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  issuer: string;
}): FindAccount {
  const accounts = accountsRepository(database);
  // What is not active is as good as not there, and not remembered: it may be active again in a moment.
  const findById = rememberBriefly(clock, async (id: string) => {
    const account = await accounts.findById(id);
    return account?.status === 'active' ? account : undefined;
  });
  return (_ctx, sub) =>
    guard(async (): Promise<ProviderAccount | undefined> => {
      const account = await findById(sub);
      if (account === undefined) return undefined;
      return { accountId: account.id, claims: () => claimsOf(account, issuer) };
    });
}

function claimsOf(account: Account, issuer: string) {
  const { avatarName } = account;
  return {
    ...account.claims,
    ...(avatarName === undefined ? {} : { picture: issuer + avatarPath(avatarName) }),
    ...(account.username === undefined ? {} : { preferred_username: account.username }),
    sub: account.id,
    email: account.email,
    email_verified: account.isEmailVerified,
    updated_at: Math.floor(account.updatedAt.getTime() / 1000),
  };
}
