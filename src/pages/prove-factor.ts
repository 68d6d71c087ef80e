import { accountsRepository } from '../accounts/index.ts';
import { recordEvent } from '../audit/index.ts';
import { epochSeconds } from '../kernel/index.ts';
import {
  type Proof,
  proveRecoveryCode,
  type SecondFactorName,
  trustBrowser,
  verifyAssertion,
  verifyTotp,
} from '../mfa/index.ts';
import { rememberTrustedBrowser } from '../oidc/index.ts';
import { attemptsRepository } from '../throttling/index.ts';
import { type Person, withProof } from './assurance.ts';
import { Refusal } from './define-page.ts';
import { passkeyChallenges } from './passkey-challenge.ts';
import { localeOf } from './render-page.ts';
import { recordCopy } from './sign-in-with-passkey.ts';
import type { StepOutcome, StepRequest } from './steps/step-request.ts';
import { takeAttempts, tooMany } from './take-attempts.ts';

interface Answer {
  code: string;
  passkey: string;
}

/** How each second factor of the person on the way is verified; undefined where the answer is wrong. */
const verifiers: Readonly<
  Record<
    SecondFactorName,
    (request: StepRequest, person: Person, answer: Answer) => Promise<Proof | undefined>
  >
> = {
  async totp({ deps }, { accountId }, { code }) {
    const isRight = await verifyTotp(deps, { accountId, code });
    return isRight ? { factor: 'totp', at: epochSeconds(deps.clock) } : undefined;
  },
  async 'recovery-code'({ deps, ctx, uiLocales }, { accountId }, { code }) {
    const account = await accountsRepository(deps.database).findById(accountId);
    if (account === undefined) return undefined;
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const isRight = await proveRecoveryCode(deps, { account, locale }, code);
    return isRight ? { factor: 'recovery-code', at: epochSeconds(deps.clock) } : undefined;
  },
  async passkey(request, { accountId }, { passkey: answer }) {
    const { deps } = request;
    const result = await verifyAssertion(deps, { answer, challenges: passkeyChallenges(request), accountId });
    if (typeof result !== 'string') return result.proof;
    if (result === 'copied') await recordCopy(request, answer);
    return undefined;
  },
};

/**
 * One try at a second factor. Counted by account before anything is compared, over all interactions and processes: whoever
 * is here knows the password, so that nobody else can use the tries up.
 */
export async function proveFactor(
  request: StepRequest,
  factor: SecondFactorName,
  answer: Answer & { trust: boolean },
): Promise<StepOutcome | Refusal<'code' | 'passkey'>> {
  const { deps, person, progress } = request;
  if (person === undefined) return { identifier: null };
  const { accountId } = person;
  const field = factor === 'passkey' ? 'passkey' : 'code';
  const attempt = { limit: deps.attemptLimits.secondFactorOfAccount, subject: accountId };
  const wait = await takeAttempts(deps, [attempt]);
  if (wait > 0) {
    return new Refusal({ [field]: tooMany(wait) }, { retryAfterSeconds: wait });
  }
  const proof = await verifiers[factor](request, person, answer);
  if (proof === undefined) {
    await recordFailure(request, accountId, factor);
    return new Refusal({ [field]: `${factor}.wrong` });
  }
  await attemptsRepository(deps).forget(attempt);
  if (answer.trust) await trust(request, person);
  return withProof(person, progress, proof);
}

/** Its owner wants to be asked less here. */
async function trust({ deps, ctx }: StepRequest, { accountId, assessed }: Person): Promise<void> {
  const { trustedBrowserDays: days, issuer } = deps;
  if (days === 0) return;
  const userAgent = ctx.get('User-Agent');
  const epoch = assessed.standing.credentialEpoch;
  const token = await trustBrowser(deps, { accountId, epoch, userAgent, days });
  rememberTrustedBrowser(ctx, { issuer, token, days });
}

async function recordFailure(
  { deps, interaction }: StepRequest,
  accountId: string,
  factor: SecondFactorName,
): Promise<void> {
  const event = {
    type: 'factor.failed',
    accountId,
    actor: { kind: 'anyone' },
    clientId: String(interaction.params['client_id']),
    details: { factor },
  } as const;
  await deps.database.prisma.$transaction(transaction => recordEvent(transaction, deps, event));
}
