import { type Account, accountsRepository, isAway, maySignIn } from '../accounts/index.ts';
import {
  type EmailChallenge,
  emailChallenges,
  minutesOf,
  renewChallenge,
  spacedCode,
  startChallenge,
  type WriteMail,
} from '../email-challenges/index.ts';
import { epochSeconds, nobody } from '../kernel/index.ts';
import { hasFactors } from '../mfa/index.ts';
import { attemptsRepository } from '../throttling/index.ts';
import { Refusal } from './define-page.ts';
import { localeOf } from './render-page.ts';
import type { StepOutcome, StepRequest } from './steps/step-request.ts';
import { takeAttempts, takeMailAttempt, tooMany } from './take-attempts.ts';
import { welcome } from './welcome.ts';

/** In place of the password a code goes to the address. Whoever has no account that could sign in gets none; all else is the same. */
export async function askForCodeByMail(
  request: StepRequest,
  identifier: string,
): Promise<StepOutcome | Refusal<'password'>> {
  const { deps, ctx, interaction } = request;
  const wait = await takeMailAttempt(deps, ctx);
  if (wait > 0) return new Refusal({ password: tooMany(wait) }, { retryAfterSeconds: wait });
  const account = await accountsRepository(deps.database).findByIdentifier(identifier);
  const isReachable = account !== undefined && maySignIn(account) && account.isEmailVerified;
  const accountId = isReachable ? account.id : undefined;
  const email = account?.email ?? identifier;
  const clientId = String(interaction.params['client_id']);
  const write = mailCode(request, { purpose: 'sign-in', accountId });
  const challenge = { purpose: 'sign-in', email, accountId, clientId } as const;
  return { codeByMail: { challengeId: await startChallenge(deps, challenge, write) } };
}

/**
 * A right password where this person never signed in before: where `NEW_DEVICE_CODE` says so, and there is no second
 * factor to ask for, a code by mail has to say that it is them.
 */
export async function challengeNewDevice(
  request: StepRequest,
  { id: accountId, email, isEmailVerified }: Account,
): Promise<Pick<StepOutcome, 'newDevice'> | undefined> {
  const { deps, interaction } = request;
  if (!deps.newDeviceCode || !isEmailVerified) return undefined;
  if (await hasFactors(deps, accountId)) return undefined;
  const clientId = String(interaction.params['client_id']);
  const challenge = { purpose: 'new-device', email, accountId, clientId } as const;
  return { newDevice: { challengeId: await startChallenge(deps, challenge, mailCode(request, challenge)) } };
}

export function mailAnotherSignInCode(request: StepRequest, challenge: EmailChallenge) {
  return renewChallenge(request.deps, challenge, mailCode(request, challenge));
}

/**
 * Is this the code? The tries of an address are counted over all codes and interactions.
 * @returns whose it is
 */
export async function proveCodeByMail(
  request: StepRequest,
  challenge: EmailChallenge,
  code: string,
): Promise<string | Refusal<'code'>> {
  const { deps } = request;
  const attempt = { limit: deps.attemptLimits.codeOfAddress, subject: challenge.emailKey };
  const wait = await takeAttempts(deps, [attempt]);
  if (wait > 0) {
    return new Refusal({ code: tooMany(wait) }, { retryAfterSeconds: wait });
  }
  const challenges = emailChallenges(deps);
  const isRight = await challenges.prove(challenge.id, code);
  const isFirst =
    isRight &&
    (await deps.database.prisma.$transaction(transaction =>
      challenges.use(transaction, challenge.id, undefined),
    ));
  if (!isFirst || challenge.accountId === undefined) return new Refusal({ code: 'code.wrong' });
  await attemptsRepository(deps).forget(attempt);
  return challenge.accountId;
}

/** What a code in place of a password opens. */
export async function signInWithCode(
  request: StepRequest,
  accountId: string,
): Promise<StepOutcome | undefined> {
  const { deps } = request;
  const account = await accountsRepository(deps.database).findById(accountId);
  if (account === undefined || !maySignIn(account)) return undefined;
  await welcome(request, account);
  return {
    codeByMail: null,
    authenticated: { accountId, proofs: [{ factor: 'email-code', at: epochSeconds(deps.clock) }] },
    isAway: isAway(account),
  };
}

function mailCode(
  { deps, ctx, uiLocales }: StepRequest,
  { purpose, accountId }: Pick<EmailChallenge, 'purpose' | 'accountId'>,
): WriteMail {
  const locale = localeOf(deps.templates.locales, ctx, uiLocales);
  return async (transaction, { code }) => {
    const account = await transaction.account.findUnique({ where: { id: accountId ?? nobody } });
    // To nobody: as much work as to somebody, so that the time it takes tells nothing.
    await deps.outbox.add(transaction, { to: account?.email, accountId, locale }, 'sign-in-code', {
      code: spacedCode(code),
      values: { minutes: String(minutesOf(purpose, deps.codes)) },
    });
  };
}
