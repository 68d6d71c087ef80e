import { z } from 'zod';
import { closeAccount, deactivateAccount } from '../../accounts/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { closeAccountView } from '../views/close-account.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';

/** Leaving: for a while, or for good. */
export const closeAccountPage = definePage({
  view: closeAccountView,
  form: z.object({
    action: z.enum(['deactivate', 'close'], { error: 'close.not-understood' }),
    understood: z.string().optional(),
  }),
  show: ({ deps, account }: AccountRequest) => ({
    email: account.email,
    graceDays: deps.accountClosingDays,
  }),
  async submit(
    { deps, ctx, account },
    { action, understood },
  ): Promise<AccountOutcome | Refusal<'understood' | 'action'>> {
    if (action === 'close' && understood === undefined) {
      return new Refusal({ understood: 'close.not-understood' });
    }
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    const left =
      action === 'close'
        ? await closeAccount(deps, { account, locale, graceDays: deps.accountClosingDays })
        : await deactivateAccount(deps, { account, locale });
    if (left === 'last_owner') return new Refusal({ action: 'close.last-owner' });
    deps.outbox.soon();
    await deps.endSessions(account.id);
    return { notice: action === 'close' ? 'account.closing' : 'account.deactivated' };
  },
});
