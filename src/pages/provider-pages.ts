import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ProviderPages } from '../oidc/index.ts';
import { clientCard, linkBack } from './client-card.ts';
import { showError } from './error-page.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf, type PageContent, renderPage } from './render-page.ts';
import { deviceCodeView, deviceConfirmView } from './views/device.ts';
import { formPostView } from './views/form-post.ts';
import { noticeView } from './views/notice.ts';
import { signOutView } from './views/sign-out.ts';

type Deps = Pick<PagesDeps, 'templates' | 'log' | 'clock' | 'outbox' | 'database'>;

/** The pages that the provider asks for; their forms carry its own token, which it checks itself. */
export function createProviderPages(deps: Deps): ProviderPages {
  return {
    error(ctx, out, error) {
      showError(deps, ctx, {
        status: ctx.status,
        code: out.error,
        detail: out.error_description ?? null,
        error,
        client: ctx.oidc.client,
      });
    },

    signOut(ctx) {
      const action = ctx.oidc.urlFor('end_session_confirm');
      const xsrf = secretOf(ctx);
      if (namesThisSession(ctx)) {
        // RP-initiated logout 1.0 section 2: asked by the app the person is signed in to, for this very session.
        const inputs = [
          { name: 'xsrf', value: xsrf },
          { name: 'logout', value: 'yes' },
        ];
        show(deps, ctx, formPostView, { model: { action, inputs, submitsItself: true } });
      } else {
        show(deps, ctx, signOutView, { model: { action, xsrf } });
      }
    },

    signedOut(ctx) {
      const { locales } = deps.templates;
      const locale = localeOf(locales, ctx, uiLocalesOf(ctx));
      const t = (key: string, values?: Record<string, string>) => locales.format(locale, key, values);
      const isSignedIn = ctx.oidc.client !== undefined;
      show(deps, ctx, noticeView, {
        model: {
          heading: t('signed-out.title'),
          text: t(isSignedIn ? 'still-signed-in.text' : 'signed-out.text'),
          link: linkBack(ctx.oidc.client, app => t('common.back-to-app', { app })),
        },
      });
    },

    deviceCode(ctx, _form, _out, error) {
      const { name, userCode } = (error ?? {}) as { name?: string; userCode?: string };
      const action = ctx.oidc.urlFor('code_verification');
      const model = { action, xsrf: secretOf(ctx), userCode: userCode ?? '' };
      if (name === 'AbortedError') return notice(deps, ctx, 'device.cancelled');
      if (error === undefined) return show(deps, ctx, deviceCodeView, { model });
      ctx.status = 422;
      show(deps, ctx, deviceCodeView, { model, problems: { user_code: 'device.wrong' } });
    },

    deviceConfirm(ctx, _form, client, _device, userCode) {
      const action = ctx.oidc.urlFor('code_verification');
      show(deps, ctx, deviceConfirmView, {
        model: { action, xsrf: secretOf(ctx), userCode },
        client: clientCard(client),
      });
    },

    async approvalAsked({ to, accountId, client, url, bindingMessage }) {
      const { locales } = deps.templates;
      // Nobody is here whose language we could know.
      const locale = locales.match({ uiLocales: undefined, chosen: undefined, acceptLanguage: '' });
      const app = clientCard(client).name;
      const values = { app, message: bindingMessage ?? '–' };
      await deps.database.prisma.$transaction(transaction =>
        deps.outbox.add(transaction, { to, accountId, locale }, 'approve', { url, values }),
      );
      deps.outbox.soon();
    },

    deviceDone: ctx => notice(deps, ctx, 'device.done'),
  };
}

function show<Model extends object, Field extends string>(
  deps: Deps,
  ctx: KoaContextWithOIDC,
  view: Parameters<typeof renderPage<Model, Field>>[2],
  content: PageContent<Model, Field>,
): void {
  const client = ctx.oidc.client === undefined ? undefined : clientCard(ctx.oidc.client);
  renderPage(deps, ctx, view, { client, uiLocales: uiLocalesOf(ctx), ...content });
}

function notice(deps: Deps, ctx: KoaContextWithOIDC, key: 'device.done' | 'device.cancelled'): void {
  const client = ctx.oidc.client === undefined ? undefined : clientCard(ctx.oidc.client);
  showNotice(deps, ctx, key, { client, uiLocales: uiLocalesOf(ctx) });
}

/** The hint was signed by us, which the provider has checked, and speaks of the session of this browser. */
function namesThisSession(ctx: KoaContextWithOIDC): boolean {
  const hint = (ctx.oidc.entities as { IdTokenHint?: { payload?: Record<string, unknown> } }).IdTokenHint
    ?.payload;
  const { session } = ctx.oidc;
  const clientId = ctx.oidc.client?.clientId;
  if (hint === undefined || session === undefined || clientId === undefined) return false;
  // It is drawn anew for each session and app; the subject may be pairwise.
  return session.accountId !== undefined && hint['sid'] === session.sidFor(clientId);
}

function secretOf(ctx: KoaContextWithOIDC): string {
  const secret = ctx.oidc.session?.state?.['secret'];
  return typeof secret === 'string' ? secret : '';
}

function uiLocalesOf(ctx: KoaContextWithOIDC): string | undefined {
  const wish = ctx.oidc.params?.['ui_locales'];
  return typeof wish === 'string' ? wish : undefined;
}
