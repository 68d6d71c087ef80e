import { z } from 'zod';
import { askForEmail } from '../../email-change/index.ts';
import { mayRegister } from '../../registration/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import { changeEmailView } from '../views/change-email.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';

const address = z.email().max(254);

/** Another address, or proof of the one there is. Nothing changes before both ends agree. */
export const changeEmailPage = definePage({
  view: changeEmailView,
  form: z.object({ action: z.string().optional(), email: z.string().trim().optional() }),
  show: ({ account }: AccountRequest, { email = '' }) => ({
    current: account.email,
    isProven: account.isEmailVerified,
    email,
  }),
  async submit(request, { action, email }): Promise<AccountOutcome | Refusal<'email'>> {
    const { deps, ctx, account } = request;
    const wanted = action === 'prove' ? account.email : (email ?? '');
    if (!address.safeParse(wanted).success) return new Refusal({ email: 'email.invalid' });
    if (deps.accountRegistration.mode === 'domains' && !mayRegister(deps.accountRegistration, wanted)) {
      const domains = deps.accountRegistration.domains.join(', ');
      return new Refusal({ email: { key: 'register.domains', values: { domains } } });
    }
    const wait = await takeMailAttempt(deps, ctx);
    if (wait > 0) return new Refusal({ email: tooMany(wait) }, { retryAfterSeconds: wait });
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    await askForEmail(deps, { account, email: wanted, locale });
    return { notice: 'account.email-asked' };
  },
});
