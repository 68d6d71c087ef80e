import { z } from 'zod';
import { emailChallenges, resendAfterSeconds } from '../../email-challenges/index.ts';
import { mailAnotherCode } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import { proveAddressView } from '../views/prove-address.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const wrong = 'code.wrong';

/** "Check your email": the code is entered here; the link in the same mail goes on by itself, wherever it is opened. */
export const proveAddressPage = definePage({
  view: proveAddressView,
  form: z.object({ action: z.string().optional(), code: z.string().max(100, wrong).optional() }),
  async show({ deps, progress }: StepRequest) {
    const challenge = await emailChallenges(deps).find(challengeOf(progress));
    return { email: challenge?.email ?? '', wasSentAgain: (challenge?.sends ?? 0) > 1 };
  },
  async submit(request, { action, code = '' }): Promise<StepOutcome | Refusal<'code'>> {
    const { deps, ctx, progress, uiLocales } = request;
    const challengeId = challengeOf(progress);
    const challenges = emailChallenges(deps);
    const challenge = await challenges.find(challengeId);
    if (action === 'change' || challenge === undefined) return { registration: {} };
    // The account was made where the link was opened: what is left is to sign in.
    if (challenge.isUsed) return { registration: null, identifier: challenge.email };
    if (action === 'resend') {
      const seconds = await takeMailAttempt(deps, ctx);
      if (seconds > 0) return new Refusal({ code: tooMany(seconds) }, { retryAfterSeconds: seconds });
      const locale = localeOf(deps.templates.locales, ctx, uiLocales);
      const result = await mailAnotherCode(deps, challenge, locale);
      if (result === 'over') return { registration: {} };
      if (result === 'sent') return {};
      const wait = challenge.sentAt.getTime() / 1000 + resendAfterSeconds - deps.clock.now() / 1000;
      return new Refusal({ code: { key: 'prove-address.wait', values: { seconds: Math.ceil(wait) } } });
    }
    if (code.trim() === '') return new Refusal({ code: 'code.missing' });
    if (!(await challenges.prove(challengeId, code))) return new Refusal({ code: wrong });
    return { registration: { challengeId, isProven: true } };
  },
});

function challengeOf({ registration }: StepRequest['progress']): string {
  return registration?.challengeId ?? '';
}
