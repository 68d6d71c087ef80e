import type { Context } from 'koa';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, type PageContent, renderPage } from './render-page.ts';
import { type NoticeModel, noticeView } from './views/notice.ts';

interface Notice extends Omit<PageContent<NoticeModel, never>, 'model'> {
  status?: number;
  values?: Record<string, string>;
}

/** A page that says one thing: the messages `<key>-title` and `<key>-text`. */
export function showNotice(
  { templates }: Pick<PagesDeps, 'templates'>,
  ctx: Context,
  key: string,
  { status, values, ...content }: Notice = {},
): void {
  const { locales } = templates;
  const locale = localeOf(locales, ctx, content.uiLocales);
  if (status !== undefined) ctx.status = status;
  renderPage({ templates }, ctx, noticeView, {
    ...content,
    model: {
      heading: locales.format(locale, `${key}-title`),
      text: locales.format(locale, `${key}-text`, values),
      link: null,
    },
  });
}
