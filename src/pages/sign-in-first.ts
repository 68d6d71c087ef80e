import type { Context } from 'koa';
import { accountClient } from '../oidc/index.ts';
import type { PagesDeps } from './pages-deps.ts';

interface SignIn {
  /** Of ours, registered by the account client. */
  redirectPath: string;
  /** Comes back with the person. */
  state: string;
  login_hint?: string;
  prompt?: string;
  acr_values?: string;
}

/** Our own pages send people to sign in as any app does. */
export function signInFirst(
  { issuer }: Pick<PagesDeps, 'issuer'>,
  ctx: Context,
  { redirectPath, ...params }: SignIn,
): void {
  const url = new URL('/auth', issuer);
  url.search = new URLSearchParams({
    client_id: accountClient,
    response_type: 'none',
    scope: 'openid',
    redirect_uri: `${issuer}${redirectPath}`,
    ...params,
  }).toString();
  ctx.status = 303;
  ctx.redirect(url.href);
}
