import { AppError, type Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import type { BreachedPasswords } from './breached-passwords.ts';
import type { PasswordPolicy } from './password-policies.ts';
import { passwordsRepository } from './passwords.repository.ts';

export interface ReasonDeps {
  database: Database;
  clock: Clock;
  passwordPolicy: PasswordPolicy;
  breaches: BreachedPasswords;
  /** Where nobody can be asked whether a password is known from a breach. */
  onUnknownBreach: 'allow' | 'refuse';
}

/** Why who signs in with the right password has to choose another now. */
export type ReasonToChange = 'expired' | 'breached' | 'short';

const dayMs = 24 * 60 * 60 * 1000;

interface SignedIn {
  accountId: string;
  password: string;
  /** Asked only where it matters. */
  hasSecondFactor: () => Promise<boolean>;
}

/** @throws AppError `unavailable` where it has to be known and nobody can be asked */
export async function reasonToChange(
  deps: ReasonDeps,
  { accountId, password, hasSecondFactor }: SignedIn,
): Promise<ReasonToChange | undefined> {
  const isBreached = await deps.breaches.check(password);
  if (isBreached === true) return 'breached';
  if (isBreached === 'unknown' && deps.onUnknownBreach === 'refuse') {
    throw new AppError('unavailable', 'Nobody can sign in with a password at the moment. Try again soon.', {
      detail:
        'the service for breached passwords does not answer, and BREACHED_PASSWORDS_ON_FAILURE says refuse',
      retryAfterSeconds: 30,
    });
  }
  const passwords = passwordsRepository(deps.database);
  if ((await passwords.isShort(accountId)) && !(await hasSecondFactor())) return 'short';
  const { maxAgeDays } = deps.passwordPolicy;
  if (maxAgeDays === undefined) return undefined;
  const changedAt = await passwords.changedAt(accountId);
  const isTooOld = changedAt !== undefined && changedAt.getTime() < deps.clock.now() - maxAgeDays * dayMs;
  return isTooOld ? 'expired' : undefined;
}
