import { z } from 'zod';
import { askToRecover } from '../../recovery/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import { recoverView } from '../views/recover.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Says the same about every address, whoever has it. */
export const recoverPage = definePage({
  view: recoverView,
  form: z.object({ action: z.string().optional(), email: z.string().trim().max(320).optional() }),
  show: ({ progress }: StepRequest, kept) => ({ email: kept.email ?? progress.identifier ?? '' }),
  async submit(request, { action, email = '' }): Promise<StepOutcome | Refusal<'email'>> {
    const { deps, ctx, registered, uiLocales } = request;
    if (action === 'sign-in') return { recovery: null };
    if (!z.email().safeParse(email).success) return new Refusal({ email: 'email.invalid' });
    const wait = await takeMailAttempt(deps, ctx);
    if (wait > 0) return new Refusal({ email: tooMany(wait) }, { retryAfterSeconds: wait });
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const challengeId = await askToRecover(deps, { email, clientId: registered.clientId, locale });
    return { recovery: { challengeId } };
  },
});
