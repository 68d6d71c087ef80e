import type { Context } from 'koa';
import type { PagesDeps } from './pages-deps.ts';
import { renderPage } from './render-page.ts';
import type { ClientCard } from './view.ts';
import { leaveView } from './views/leave.ts';

/**
 * Chromium checks every redirect that follows a form against `form-action`, so that a form of ours could not end at the
 * app. A page that moves on by itself ends the form; it also works without JavaScript.
 */
export function leaveTo(
  deps: Pick<PagesDeps, 'templates'>,
  ctx: Context,
  {
    url,
    client,
    uiLocales,
  }: { url: string; client?: ClientCard | undefined; uiLocales?: string | undefined },
): void {
  ctx.status = 200;
  ctx.remove('Location');
  ctx.set('Refresh', `0; url=${url}`);
  renderPage(deps, ctx, leaveView, { model: { url }, client, uiLocales });
}
