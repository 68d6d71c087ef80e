import { z } from 'zod';
import { accountsRepository, emailKeyOf, namesOf } from '../accounts/index.ts';
import type { EmailChallenge } from '../email-challenges/index.ts';
import { isShortAlone } from '../passwords/index.ts';
import { resetPassword } from '../recovery/index.ts';
import { attemptsRepository } from '../throttling/index.ts';
import { type PageRequest, Refusal } from './define-page.ts';
import { refusePassword } from './new-password.ts';

/** The same form ends the way through an app and the way through a link. */
export const resetForm = z.object({
  password: z.string({ error: 'password.missing' }),
  // What is not ticked is not sent.
  sign_out: z.string().optional(),
});

/** @returns the account; undefined where the challenge is over */
export async function changePassword(
  request: Pick<PageRequest, 'deps' | 'client'>,
  challenge: EmailChallenge,
  form: z.output<typeof resetForm>,
  { token, locale, sessionId }: { token?: string; locale: string; sessionId?: string | undefined },
): Promise<string | Refusal<'password'> | undefined> {
  const { deps } = request;
  const account = await accountsRepository(deps.database).findById(challenge.accountId ?? '');
  const name = account === undefined ? '' : namesOf(account);
  const problem = await refusePassword(request, form.password, { ...challenge, name });
  if (problem !== undefined) return new Refusal({ password: problem });
  const passwordHash = await deps.hasher.hash(form.password);
  const isShort = isShortAlone(deps.passwordPolicy, form.password);
  const accountId = await resetPassword(deps, { challenge, token, passwordHash, isShort, locale });
  if (accountId === undefined) return undefined;
  // Whoever guessed at the old one has made nobody wait for the new one.
  const subject = emailKeyOf(challenge.email);
  await attemptsRepository(deps).forget({ limit: deps.attemptLimits.passwordOfIdentifier, subject });
  // Everywhere else: the request that led here goes on in the session that it began with.
  const except = sessionId === undefined ? {} : { except: sessionId };
  if (form.sign_out !== undefined) await deps.endSessions(accountId, except);
  return accountId;
}
