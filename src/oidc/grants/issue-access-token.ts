import {
  type AccessToken,
  type ClientCredentials,
  errors,
  type KoaContextWithOIDC,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import {
  checkDpopReplay,
  checkDpopRequired,
  checkMtlsCert,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js';
import type { createResourceIndicators } from '../resource-indicators.ts';
import type { RoleClaims } from '../role-claims.ts';

/** The party that acts, and on whose behalf it acts itself (RFC 8693 section 4.1). */
export interface Actor {
  sub: string;
  act?: Actor | undefined;
}

export interface NewAccessToken {
  accountId: string;
  /** The resource indicator of the API it is for. */
  resource: string;
  /** Those of the API that the client may have are kept. */
  scopes: readonly string[];
  /** Seconds; what the API allows may be less. */
  longestLifetime: number;
  act: Actor | undefined;
  /** The grant that a token it was exchanged for came of. */
  grantId: string | undefined;
}

type ServerInfo = ReturnType<typeof createResourceIndicators>['getResourceServerInfo'];

const actors = new WeakMap<object, Actor>();

/**
 * What a token says beyond what the provider puts there. Of a JWT nothing is kept, so it names its grant itself: once that
 * is revoked, it is exchanged for nothing.
 */
export async function extraTokenClaims(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  roleClaims: RoleClaims,
): Promise<Record<string, unknown> | undefined> {
  const act = actors.get(token);
  const isJwt = token.resourceServer?.accessTokenFormat === 'jwt';
  const grantId = isJwt ? (token as Partial<AccessToken>).grantId : undefined;
  const claims = {
    ...(await roleClaims(token)),
    ...('accountId' in token ? signInOf(ctx) : {}),
    ...(act === undefined ? {} : { act }),
    ...(grantId === undefined ? {} : { grant_id: grantId }),
  };
  return Object.keys(claims).length === 0 ? undefined : claims;
}

/** What the sign-in that this token comes of was worth, so that an API can ask for more (RFC 9470 section 6). */
function signInOf({ oidc }: KoaContextWithOIDC): Record<string, unknown> {
  const { RefreshToken, AuthorizationCode, DeviceCode, BackchannelAuthenticationRequest } = oidc.entities;
  const source = RefreshToken ?? AuthorizationCode ?? DeviceCode ?? BackchannelAuthenticationRequest;
  const { acr, authTime } = source ?? { acr: oidc.acr, authTime: oidc.session?.authTime() };
  return {
    ...(acr === undefined ? {} : { acr }),
    ...(authTime === undefined ? {} : { auth_time: authTime }),
  };
}

/**
 * The answer to a grant type of ours: a token for one API, bound to the key or certificate of the client as its other tokens are.
 * @throws InvalidTarget, InvalidScope, InvalidGrant
 */
export async function issueAccessToken(
  getResourceServerInfo: ServerInfo,
  ctx: TokenEndpointGrantContext,
  wanted: NewAccessToken,
): Promise<Record<string, unknown>> {
  const { provider, client, params } = ctx.oidc;
  const server = await getResourceServerInfo(ctx, wanted.resource, client);
  const offered = new Set(server.scope.split(' '));
  const possible = wanted.scopes.filter(scope => offered.has(scope));
  const scopes = params.scope === undefined ? possible : params.scope.split(' ');
  const isWithin = scopes.length > 0 && scopes.every(scope => possible.includes(scope));
  if (!isWithin) {
    throw new errors.InvalidScope('more was asked for than can be given', scopes.join(' '));
  }

  const dPoP = await validateDpop(provider, ctx);
  checkDpopRequired(provider, ctx, dPoP);
  const certificate = checkMtlsCert(provider, ctx);
  await checkDpopReplay(provider, ctx, dPoP, client.clientId);

  const { accountId, longestLifetime, grantId } = wanted;
  const scope = scopes.join(' ');
  const expiresIn = Math.max(1, Math.min(server.accessTokenTTL ?? longestLifetime, longestLifetime));
  const isOpaque = server.accessTokenFormat === 'opaque';
  const token = new provider.AccessToken({
    client,
    accountId,
    expiresIn,
    gty: params.grant_type,
    // What is looked up has to hang on something that can be revoked, and that is this client's.
    grantId: isOpaque ? await newGrant(ctx, { ...wanted, scope, expiresIn }) : grantId,
  } as ConstructorParameters<typeof provider.AccessToken>[0]);
  token.resourceServer = new provider.ResourceServer(wanted.resource, server);
  token.scope = scope;
  if (certificate !== undefined) token.setThumbprint('x5t', certificate as string);
  if (dPoP !== undefined) token.setThumbprint('jkt', dPoP.thumbprint);
  if (wanted.act !== undefined) actors.set(token, wanted.act);

  ctx.oidc.entity('AccessToken', token);
  return {
    access_token: await token.save(),
    expires_in: token.expiration,
    scope,
    token_type: token.tokenType,
  };
}

async function newGrant(
  ctx: TokenEndpointGrantContext,
  { accountId, resource, scope, expiresIn }: NewAccessToken & { scope: string; expiresIn: number },
): Promise<string> {
  const { provider, client } = ctx.oidc;
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addResourceScope(resource, scope);
  // Nothing else will ever hang on it.
  return (grant.save as (seconds: number) => Promise<string>).call(grant, expiresIn);
}
