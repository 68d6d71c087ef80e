import { type Account, accountsRepository, emailKeyOf } from '../accounts/index.ts';
import type { Database } from '../store/index.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordsRepository } from './passwords.repository.ts';

export interface VerifyPasswordDeps {
  database: Database;
  hasher: PasswordHasher;
}

/**
 * Same path whether or not the account exists, has a password or may sign in: two look-ups, one hash, one answer.
 * @returns the account, or undefined for every reason not to let the person in
 */
export async function verifyPassword(
  { database, hasher }: VerifyPasswordDeps,
  { identifier, password }: { identifier: string; password: string },
): Promise<Account | undefined> {
  const account = await accountsRepository(database).findByEmailKey(emailKeyOf(identifier));
  const hash = await passwordsRepository(database).findHash(account?.id ?? nobody);
  const isRight = await hasher.verify(hash, password);
  return isRight && account?.status === 'active' ? account : undefined;
}

/** The nil UUID (RFC 9562 section 5.9): belongs to no account. */
const nobody = '00000000-0000-0000-0000-000000000000';
