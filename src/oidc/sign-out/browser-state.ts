import type { Provider } from 'oidc-provider';
import { digest, newSecret } from '../../kernel/index.ts';
import { browserStateCookie, cookieOptions } from '../cookies.ts';

type Listener = (ctx: import('oidc-provider').KoaContextWithOIDC, out: Record<string, unknown>) => void;

/**
 * OpenID Connect Session Management 1.0. Apps get `session_state` with their answer and compare it in a frame of ours
 * (check-session.js) with a cookie that the script can read. The cookie is a digest of the sign-in and opens nothing.
 */
export function keepBrowserState(provider: Provider): void {
  const { issuer } = provider;
  const name = browserStateCookie(issuer);
  const { secure, overwrite } = cookieOptions(issuer);
  // A frame in an app's page reads it.
  const options = {
    secure,
    overwrite,
    httpOnly: false,
    signed: false,
    sameSite: secure ? 'none' : 'lax',
  } as const;
  const events = provider as unknown as { on(event: string, listener: Listener): void };

  events.on('authorization.success', (ctx, out) => {
    const { session, params, client } = ctx.oidc;
    const redirectUri = params?.['redirect_uri'];
    if (session?.accountId === undefined || typeof redirectUri !== 'string') return;
    if (!ctx.oidc.requestParamScopes.has('openid')) return;
    const state = digest(`browser-state ${session.uid} ${String(session.loginTs)}`);
    if (ctx.cookies.get(name, { signed: false }) !== state) ctx.cookies.set(name, state, options);
    const salt = newSecret(12);
    const { origin } = new URL(redirectUri);
    out['session_state'] = `${digest(`${client?.clientId} ${origin} ${state} ${salt}`)}.${salt}`;
  });

  events.on('end_session.success', ctx => {
    if (ctx.oidc.params?.['logout'] !== undefined) ctx.cookies.set(name, null, options);
  });
}
