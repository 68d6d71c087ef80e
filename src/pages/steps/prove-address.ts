import { z } from 'zod';
import { emailChallenges } from '../../email-challenges/index.ts';
import { mailAnotherResetCode } from '../../recovery/index.ts';
import { mailAnotherCode } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import { proveAddressView } from '../views/prove-address.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const wrong = 'code.wrong';

/** What the code is for, by the way that led here. */
const ways = {
  registration: { mailAnother: mailAnotherCode },
  recovery: { mailAnother: mailAnotherResetCode },
} as const;

/** "Check your email": the code is entered here; the link in the same mail goes on by itself, wherever it is opened. */
export const proveAddressPage = definePage({
  view: proveAddressView,
  form: z.object({ action: z.string().optional(), code: z.string().max(100, wrong).optional() }),
  async show({ deps, progress }: StepRequest) {
    const { way, challengeId } = wayOf(progress);
    const challenge = await emailChallenges(deps).find(challengeId);
    return {
      email: challenge?.email ?? '',
      wasSentAgain: (challenge?.sends ?? 0) > 1,
      isRecovery: way === 'recovery',
    };
  },
  async submit(request, { action, code = '' }): Promise<StepOutcome | Refusal<'code'>> {
    const { deps, ctx, progress, uiLocales } = request;
    const { way, challengeId } = wayOf(progress);
    const challenges = emailChallenges(deps);
    const challenge = await challenges.find(challengeId);
    if (action === 'change' || challenge === undefined) return { [way]: {} };
    // It was finished where the link was opened: what is left is to sign in.
    if (challenge.isUsed) return { [way]: null, identifier: challenge.email };
    if (action === 'resend') {
      const seconds = await takeMailAttempt(deps, ctx);
      if (seconds > 0) return new Refusal({ code: tooMany(seconds) }, { retryAfterSeconds: seconds });
      const locale = localeOf(deps.templates.locales, ctx, uiLocales);
      const result = await ways[way].mailAnother(deps, challenge, locale);
      if (result === 'over') return { [way]: {} };
      if (result === 'sent') return {};
      const wait = challenge.sentAt.getTime() / 1000 + deps.codes.resendSeconds - deps.clock.now() / 1000;
      return new Refusal({ code: { key: 'prove-address.wait', values: { seconds: Math.ceil(wait) } } });
    }
    if (code.trim() === '') return new Refusal({ code: 'code.missing' });
    if (!(await challenges.prove(challengeId, code))) return new Refusal({ code: wrong });
    return { [way]: { challengeId, isProven: true } };
  },
});

function wayOf({ registration, recovery }: StepRequest['progress']) {
  const way = registration?.challengeId === undefined ? ('recovery' as const) : ('registration' as const);
  return { way, challengeId: (registration?.challengeId ?? recovery?.challengeId) || '' };
}
