import type { FindAccount, Account as ProviderAccount } from 'oidc-provider';
import { type Account, accountsRepository } from '../accounts/index.ts';
import type { Database } from '../store/index.ts';
import { guard } from './guard.ts';

/** Only active accounts exist for the protocol: one that was disabled is refused on every grant, at once. */
export function createFindAccount(database: Pick<Database, 'pool'>): FindAccount {
  const accounts = accountsRepository(database);
  return (_ctx, sub) =>
    guard(async (): Promise<ProviderAccount | undefined> => {
      const account = await accounts.findById(sub);
      if (account?.status !== 'active') return undefined;
      return { accountId: account.id, claims: () => claimsOf(account) };
    });
}

function claimsOf(account: Account) {
  return {
    ...account.claims,
    sub: account.id,
    email: account.email,
    email_verified: account.isEmailVerified,
    updated_at: Math.floor(account.updatedAt.getTime() / 1000),
  };
}
