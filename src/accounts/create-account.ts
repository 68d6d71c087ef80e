import { type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';
import { emailKeyOf, type ProfileClaims } from './account.ts';
import { usernameKeyOf } from './username.ts';

export interface NewAccount {
  email: string;
  isEmailVerified: boolean;
  username?: string | undefined;
  claims: ProfileClaims;
  isOwner: boolean;
}

/** Adds an account inside the caller's transaction. @returns its id */
export async function createAccount(
  { transaction, clock }: { transaction: Transaction; clock: Clock },
  input: NewAccount,
): Promise<string> {
  const now = dateOf(clock);
  const { id } = await transaction.account.create({
    data: {
      id: newId(),
      email: input.email.trim(),
      emailKey: emailKeyOf(input.email),
      emailVerified: input.isEmailVerified,
      username: input.username ?? null,
      usernameKey: input.username === undefined ? null : usernameKeyOf(input.username),
      claims: input.claims as never,
      isOwner: input.isOwner,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true },
  });
  return id;
}
