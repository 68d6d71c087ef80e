import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { clientCard } from './client-card.ts';
import { leaveTo } from './leave.ts';
import type { PagesDeps } from './pages-deps.ts';
import { renderPage } from './render-page.ts';
import { showSignedOut } from './signed-out.ts';
import type { ClientCard } from './view.ts';
import { formPostView } from './views/form-post.ts';

/**
 * Two kinds of answers that the provider writes itself get our form: redirects that follow a form (see leave.ts), and
 * pages that submit themselves (`response_mode=form_post`, and its own steps of signing out).
 */
export function providerAnswers(deps: Pick<PagesDeps, 'templates' | 'issuer'>): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc } = ctx as Partial<KoaContextWithOIDC>;
    if (oidc === undefined) return;
    const client = oidc.client === undefined ? undefined : clientCard(oidc.client);
    const uiLocales = oidc.params?.['ui_locales'];
    const shared = { client, uiLocales: typeof uiLocales === 'string' ? uiLocales : undefined };

    const location = headerOf(ctx, 'Location');
    if (location !== undefined && (await showSignedOut(deps, ctx, location))) return;
    if (ctx.method === 'POST' && location !== undefined && leadsAway(location, deps.issuer)) {
      leaveTo(deps, ctx, { url: location, ...shared });
    } else if (typeof ctx.body === 'string' && ctx.body.includes('<title>Submitting Callback</title>')) {
      submitForm(deps, ctx, ctx.body, shared);
    }
  };
}

/** Our own last pages may follow a form directly; everything else could end elsewhere. */
function leadsAway(location: string, issuer: string): boolean {
  const { origin, pathname } = new URL(location, issuer);
  return origin !== issuer || !/^\/(interaction\/|session\/end\/success$)/.test(pathname);
}

/** Koa's types say that a missing header is an empty string; it is undefined. */
function headerOf(ctx: Context, name: string): string | undefined {
  const value: string | undefined = ctx.response.get(name);
  return value;
}

interface Shared {
  client: ClientCard | undefined;
  uiLocales: string | undefined;
}

function submitForm(
  deps: Pick<PagesDeps, 'templates' | 'issuer'>,
  ctx: Context,
  html: string,
  shared: Shared,
): void {
  const action = unescape(/<form method="post" action="([^"]*)"/.exec(html)?.[1] ?? '');
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
    ([, name = '', value = '']) => ({ name, value: unescape(value) }),
  );
  const { origin } = new URL(action, deps.issuer);
  renderPage(deps, ctx, formPostView, { model: { action, inputs, submitsItself: true }, ...shared });
  ctx.set('Content-Security-Policy', policyFor(headerOf(ctx, 'Content-Security-Policy') ?? '', origin));
}

/** The provider added the digest of its own script; ours is a file. The app answers the form with redirects of its own. */
function policyFor(policy: string, origin: string): string {
  return policy.replace(/ 'sha256-[^']+'/g, '').replace(/form-action [^;]*/, `form-action 'self' ${origin}`);
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#x2F': '/',
};

function unescape(text: string): string {
  return text.replace(/&(#?\w+);/g, (entity, name: string) => entities[name] ?? entity);
}
