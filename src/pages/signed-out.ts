import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { appsTold, type ToldApp } from '../oidc/index.ts';
import { clientCard, linkBack } from './client-card.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, renderPage } from './render-page.ts';
import { signedOutView } from './views/signed-out.ts';

const outcomes: Readonly<Record<ToldApp['how'], string>> = {
  told: 'signed-out.how-told',
  later: 'signed-out.how-later',
  by_browser: 'signed-out.how-by_browser',
  untold: 'signed-out.how-untold',
};

/** Where the provider sends people whom nobody awaits. */
const lastPage = '/session/end/success';

/** Frames need a moment; then the page goes on to where the app wanted the person to be. */
const secondsForFrames = 3;

/**
 * After a sign-out: a page that says which apps were told, and tells those that only the browser can tell. Somebody on
 * the way to an app that asked for them, or to a sign-in as somebody else, sees it only where the browser has something to do.
 * @returns false where there is nothing to say
 */
export async function showSignedOut(
  deps: Pick<PagesDeps, 'templates' | 'issuer'>,
  ctx: Context,
  location: string,
): Promise<boolean> {
  const { oidc } = ctx as KoaContextWithOIDC;
  if (oidc.route !== 'end_session_confirm') return false;
  const isAwaited = new URL(location, deps.issuer).href !== `${deps.issuer}${lastPage}`;
  const apps = await appsTold(ctx as KoaContextWithOIDC, isAwaited ? 'frames' : 'everybody');
  if (apps.length === 0) return false;

  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const { client } = oidc;
  const t = (key: string, values?: Record<string, string>) => locales.format(locale, key, values);
  const back = (app: string) => t('common.back-to-app', { app });
  const card = client === undefined ? undefined : clientCard(client);
  const link = isAwaited ? { url: location, text: back(card?.name ?? '') } : linkBack(client, back);
  ctx.status = 200;
  ctx.remove('Location');
  if (isAwaited) ctx.set('Refresh', `${secondsForFrames}; url=${location}`);
  renderPage(deps, ctx, signedOutView, {
    model: {
      apps: apps.map(({ client: app, how }) => ({
        name: clientCard(app).name,
        text: t(outcomes[how]),
      })),
      frames: apps.flatMap(({ frame }) => frame ?? []),
      link,
    },
    client: card,
  });
  allowFrames(ctx, apps);
  return true;
}

/** For this page, and for these apps only. */
function allowFrames(ctx: Context, apps: readonly ToldApp[]): void {
  const origins = new Set(apps.flatMap(({ frame }) => (frame === undefined ? [] : [new URL(frame).origin])));
  if (origins.size === 0) return;
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', `${policy}; frame-src ${[...origins].join(' ')}`);
}
