import { z } from 'zod';
import { askToRegister, mayRegister } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import { registerView } from '../views/register.ts';
import { hintOf } from './identify.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const invalid = 'email.invalid';

/** Says the same about every address, whoever has it: the mail tells its reader. */
export const registerPage = definePage({
  view: registerView,
  form: z.object({
    action: z.string().optional(),
    email: z.string().trim().max(320).optional(),
  }),
  show: ({ interaction }: StepRequest, kept) => ({ email: kept.email ?? hintOf(interaction.params) }),
  async submit(request, { action, email = '' }): Promise<StepOutcome | Refusal<'email'>> {
    const { deps, ctx, registered, uiLocales } = request;
    if (action === 'sign-in') return { registration: null };
    if (!z.email().safeParse(email).success) return new Refusal({ email: invalid });
    if (!mayRegister(deps.accountRegistration, email)) {
      const domains = deps.accountRegistration.domains.join(', ');
      return new Refusal({ email: { key: 'register.domains', values: { domains } } });
    }
    const wait = await takeMailAttempt(deps, ctx);
    if (wait > 0) return new Refusal({ email: tooMany(wait) }, { retryAfterSeconds: wait });
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const challengeId = await askToRegister(deps, { email, clientId: registered.clientId, locale });
    return { registration: { challengeId } };
  },
});
