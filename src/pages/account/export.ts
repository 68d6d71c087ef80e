import { z } from 'zod';
import { listExports, requestExport } from '../../privacy/index.ts';
import { definePage } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { dateInWords, timeInWords } from '../time-in-words.ts';
import { exportView } from '../views/export.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';

const hourMs = 60 * 60 * 1000;

/** A copy of everything that is held about somebody: asked for here, and fetched here when it is ready. */
export const exportPage = definePage({
  view: exportView,
  form: z.object({}),
  async show({ deps, ctx, account }: AccountRequest) {
    const { locales } = deps.templates;
    const locale = localeOf(locales, ctx, undefined);
    const inWords = timeInWords(locale, account);
    const since = deps.clock.now() - deps.exportPolicy.everyHours * hourMs;
    const copies = await listExports(deps, account.id);
    return {
      canAsk: !copies.some(({ requestedAt }) => requestedAt.getTime() > since),
      copies: copies.map(({ id, requestedAt, isReady, expiresAt }) => ({
        asked: locales.format(locale, 'export.asked', { at: inWords(requestedAt) }),
        until: isReady
          ? locales.format(locale, 'export.until', { date: dateInWords(locale, expiresAt) })
          : null,
        read: `/account/export/${id}`,
        load: `/account/export/${id}/copy.json`,
      })),
    };
  },
  async submit({ deps, ctx, account }): Promise<AccountOutcome> {
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    await requestExport(deps, { accountId: account.id, locale });
    return { notice: 'account.export-asked' };
  },
});
