import { type Account, accountsRepository, maySignIn } from '../accounts/index.ts';
import { nobody } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { passwordsRepository } from './passwords.repository.ts';

export interface VerifyPasswordDeps {
  database: Database;
  hasher: PasswordHasher;
}

/**
 * Same path whether or not the account exists, has a password or may sign in: two look-ups, one hash, one answer. Whoever is
 * let in with a hash of weaker parameters leaves a new one behind.
 * @returns the account, which its owner may have left; undefined for every reason not to let the person in
 */
export async function verifyPassword(
  { database, hasher }: VerifyPasswordDeps,
  { identifier, password }: { identifier: string; password: string },
): Promise<Account | undefined> {
  const account = await accountsRepository(database).findByIdentifier(identifier);
  const passwords = passwordsRepository(database);
  const hash = await passwords.findHash(account?.id ?? nobody);
  const isRight = await hasher.verify(hash, password);
  if (!isRight || account === undefined || !maySignIn(account)) return undefined;
  if (hash !== undefined && !hasher.isCurrent(hash)) {
    await passwords.replaceHash(account.id, { from: hash, to: await hasher.hash(password) });
  }
  return account;
}
