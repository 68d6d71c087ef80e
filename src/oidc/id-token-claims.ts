import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { idTokenScopeClaims } from './client-metadata.ts';

interface IssuedIdToken {
  ctx: KoaContextWithOIDC;
  /** Whose claims go in. */
  scope: string;
}

/**
 * An ID token says who signed in; what scopes release is asked for at userinfo (OpenID Connect Core 1.0 section 5.4). A
 * client whose software reads nothing but ID tokens may have both in one.
 */
export function addScopeClaims(provider: Provider): void {
  const { prototype } = provider.IdToken;
  // oxlint-disable-next-line typescript/unbound-method -- called below with the token it belongs to
  const issue = prototype.issue;
  prototype.issue = function issueWithScopeClaims(this: typeof prototype & IssuedIdToken, options) {
    if (options.use === 'idtoken' && this.client[idTokenScopeClaims] === true) {
      this.scope = this.ctx.oidc.grant?.getOIDCScopeFiltered(scopesOf(this.ctx)) ?? this.scope;
    }
    return issue.call(this, options);
  };
}

/** Of this request; where it names none, of what it redeems. */
function scopesOf({ oidc }: KoaContextWithOIDC): Set<string> {
  if (oidc.requestParamScopes.size > 0) return oidc.requestParamScopes;
  const { AuthorizationCode, RefreshToken, DeviceCode, BackchannelAuthenticationRequest } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? BackchannelAuthenticationRequest;
  return new Set(source?.scope?.split(' '));
}
