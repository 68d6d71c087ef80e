import type { Router } from '@koa/router';
import { findReceipt } from '../privacy/index.ts';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, renderPage } from './render-page.ts';
import { dateInWords } from './time-in-words.ts';
import { receiptView } from './views/receipt.ts';

/** That an account was erased. Whoever has the address learns a date and numbers, and of nobody. */
export function receiptRoutes(router: Router, deps: PagesDeps): void {
  const path = '/receipts/:id';
  router.get(path, named(path), async ctx => {
    const { id = '' } = ctx['params'] as { id?: string };
    const found = await findReceipt(deps, id);
    if (found === undefined) return;
    const { receipt, erasedAt } = found;
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    const model = { id, receipt, erasedOn: dateInWords(locale, erasedAt) };
    renderPage(deps, ctx, receiptView, { model, offersLanguages: true });
  });
}
