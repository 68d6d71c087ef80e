import type { Context } from 'koa';
import type { Client } from 'oidc-provider';
import { linkBack } from './client-card.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, type PageContent, renderPage } from './render-page.ts';
import { type NoticeModel, noticeView } from './views/notice.ts';

interface Notice extends Omit<PageContent<NoticeModel, never>, 'model'> {
  status?: number;
  values?: Record<string, string>;
  /** The app that the person came from: the page leads back to it. */
  back?: Client | undefined;
}

/** A page that says one thing: the messages `<key>-title` and `<key>-text`. */
export function showNotice(
  { templates }: Pick<PagesDeps, 'templates'>,
  ctx: Context,
  key: string,
  { status, values, back, ...content }: Notice = {},
): void {
  const { locales } = templates;
  const locale = localeOf(locales, ctx, content.uiLocales);
  if (status !== undefined) ctx.status = status;
  renderPage({ templates }, ctx, noticeView, {
    ...content,
    model: {
      heading: locales.format(locale, `${key}-title`),
      text: locales.format(locale, `${key}-text`, values),
      link: linkBack(back, app => locales.format(locale, 'common.back-to-app', { app })),
    },
  });
}
