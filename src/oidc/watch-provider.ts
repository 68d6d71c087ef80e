import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from '../log/index.ts';

type ProviderError = Error & Partial<errors.OIDCProviderError>;

/** What callers did wrong, at a level that nobody is woken by; each with the client it came from. */
const refusals = [
  'authorization.error',
  'grant.error',
  'userinfo.error',
  'introspection.error',
  'revocation.error',
  'end_session.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
  'backchannel_authentication.error',
  'code_verification.error',
  'discovery.error',
  'jwks.error',
  'registration_create.error',
  'registration_read.error',
  'registration_update.error',
  'registration_delete.error',
] as const;

/** The provider answers errors itself; its events are the only trace of them that an operator can see. */
export function watchProvider(provider: Provider, log: Logger): void {
  const events = provider as unknown as {
    on(event: string, listener: (ctx: KoaContextWithOIDC, error: ProviderError) => void): void;
  };
  for (const event of refusals) {
    events.on(event, (ctx, error) => {
      const { clientId } = ctx.oidc.client ?? {};
      if ((error.statusCode ?? 500) >= 500) {
        log.error({ event, client_id: clientId, err: error }, 'the provider failed');
      } else {
        const { error: refusal, error_description: reason, error_detail: detail } = error;
        log.info({ event, client_id: clientId, refusal, reason, detail }, 'the provider refused a request');
      }
    });
  }
  events.on('grant.revoked', ctx => {
    const reason = reasonOfRevocation(ctx);
    const level = ctx.oidc.route === 'token' ? 'warn' : 'info';
    log[level]({ event: 'grant.revoked', client_id: ctx.oidc.client?.clientId, reason }, 'a grant ended');
  });
  events.on('server_error', (_ctx, error) =>
    log.error({ event: 'server_error', err: error }, 'the provider failed'),
  );
}

/** At the token endpoint it is always because something that is good once came twice: somebody may have stolen it. */
function reasonOfRevocation({ oidc }: KoaContextWithOIDC): string {
  if (oidc.route !== 'token') return `asked for at ${oidc.route}`;
  return oidc.params?.['grant_type'] === 'refresh_token' ? 'refresh token used again' : 'code used again';
}
