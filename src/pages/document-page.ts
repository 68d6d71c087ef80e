import type { Router } from '@koa/router';
import { readingOf } from '../documents/index.ts';
import { AppError } from '../kernel/index.ts';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, renderPage } from './render-page.ts';
import { documentView } from './views/documents.ts';

/** What people agree to, for everybody to read. */
export function documentRoutes(router: Router, deps: PagesDeps): void {
  const path = '/documents/:name';
  router.get(path, named(path), ctx => {
    const { name } = ctx['params'] as { name?: string };
    const document = deps.documents.current.find(each => each.name === name);
    if (document === undefined) throw new AppError('not_found', 'There is no such document.');
    const { locales } = deps.templates;
    const { language, ...text } = readingOf(document, localeOf(locales, ctx, undefined));
    const model = { ...text, textLanguage: language, textDirection: locales.directionOf(language) };
    renderPage(deps, ctx, documentView, { model, offersLanguages: true });
  });
}
