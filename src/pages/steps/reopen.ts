import { z } from 'zod';
import { accountsRepository, reopenAccount } from '../../accounts/index.ts';
import { reopenWords } from '../confirm-words.ts';
import { definePage } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { confirmView } from '../views/confirm.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Who left the account and signs in again says that they are back, before anything else. */
export const reopenPage = definePage({
  view: confirmView,
  form: z.object({}),
  async show({ deps, ctx, uiLocales, progress }: StepRequest) {
    const account = await accountsRepository(deps.database).findById(progress.authenticated?.accountId ?? '');
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const words = reopenWords(deps.templates.locales, locale, { closesAt: account?.closesAt });
    return { ...words, email: account?.email ?? '', canCancel: true };
  },
  async submit(request): Promise<StepOutcome> {
    const { deps, ctx, progress, uiLocales } = request;
    const accountId = progress.authenticated?.accountId ?? '';
    await reopenAccount(deps, { accountId }, localeOf(deps.templates.locales, ctx, uiLocales));
    deps.outbox.soon();
    return { isAway: false };
  },
});
