import type { Router } from '@koa/router';
import { AppError } from '../kernel/index.ts';
import { type MailName, mails, sampleMail } from '../mail/index.ts';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, renderPage } from './render-page.ts';
import { allViews } from './views/index.ts';

/** Every sample of every view, and every mail, at an address of its own, for people who work on them. Development only. */
export function galleryRoutes(router: Router, deps: PagesDeps): void {
  router.get('/gallery', named('/gallery'), ctx => {
    ctx.type = 'html';
    const all = [...allViews, { name: 'mail', samples: mails }];
    const items = all.flatMap(({ name, samples }) =>
      Object.keys(samples).map(sample => {
        const url = `/gallery/${name}/${encodeURIComponent(sample)}`;
        return `<li><a href="${url}">${name}: ${sample}</a></li>`;
      }),
    );
    ctx.body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title><h1>Gallery</h1><ul>${items.join('')}</ul></html>`;
  });

  router.get('/gallery/mail/:mail', named('/gallery/mail/:mail'), ctx => {
    const { mail } = ctx['params'] as { mail: string };
    if (!Object.hasOwn(mails, mail)) throw new AppError('not_found', 'There is no such mail.');
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    const { text, html } = sampleMail(deps.templates, locale, mail as MailName);
    // Mail has its style inside; nothing else of it may do anything.
    ctx.set(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    ctx.type = ctx.query['as'] === 'text' ? 'text' : 'html';
    ctx.body = ctx.query['as'] === 'text' ? text : html;
  });

  router.get('/gallery/:view/:sample', named('/gallery/:view/:sample'), ctx => {
    const { view: name, sample: sampleName } = ctx['params'] as { view: string; sample: string };
    const view = allViews.find(each => each.name === name);
    const sample = view?.samples[sampleName];
    if (view === undefined || sample === undefined)
      throw new AppError('not_found', 'There is no such sample.');
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    renderPage(deps, ctx, view, { ...sample, uiLocales: locale, offersLanguages: true });
  });
}
