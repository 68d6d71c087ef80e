import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ProfileRules } from '../accounts/index.ts';
import type { GuardedFetch } from '../http/index.ts';
import type { KeySet } from '../keys/index.ts';
import type { Logger } from '../log/index.ts';
import { acrValues, type FactorPolicies } from '../mfa/index.ts';
import type { Access } from '../rbac/index.ts';
import type { ArtifactStore } from '../store/index.ts';
import { enabledAlgorithms } from './algorithms.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import { richAuthorizationRequests } from './authorization-details/rich-requests.ts';
import { backchannelAuthentication, backchannelLifetime } from './backchannel-authentication.ts';
import { type ClientAdapterDeps, createClientAdapters } from './client-adapter.ts';
import { type ClientCertificatesDeps, clientCertificates } from './client-certificates.ts';
import { type ClientDocumentsDeps, clientDocuments } from './client-documents.ts';
import { extraClientMetadata, isPkceRequired } from './client-metadata.ts';
import { isOriginAllowed } from './client-origins.ts';
import { fapi, isRotating } from './client-profiles.ts';
import { type ClientRegistrationDeps, clientRegistration, isBeingRegistered } from './client-registration.ts';
import { loadGrant } from './consent.ts';
import { cookieNames, cookieOptions } from './cookies.ts';
import { createFindAccount } from './find-account.ts';
import { extraTokenClaims } from './grants/issue-access-token.ts';
import { createPolicy, type PolicyDeps } from './interaction-policy.ts';
import { isMeantFor, isStillGood } from './introspection.ts';
import {
  grantLifetime,
  lifetimes,
  type RefreshTokenPolicy,
  refreshTokenLifetime,
  type SessionPolicy,
  sessionLifetime,
} from './lifetimes.ts';
import { issueRefreshToken } from './offline-access.ts';
import { pairwiseSubject } from './pairwise.ts';
import type { ProviderPages } from './provider-pages.ts';
import { refreshTokenAdapter } from './refresh-token-adapter.ts';
import { createResourceIndicators } from './resource-indicators.ts';
import { createRoleClaims } from './role-claims.ts';
import { claimsOfScopes, scopesOf } from './scopes-and-claims.ts';
import { ProviderSigningKey } from './signing-key.ts';

export interface ProviderDeps
  extends ClientAdapterDeps,
    ClientCertificatesDeps,
    ClientDocumentsDeps,
    ClientRegistrationDeps {
  issuer: string;
  artifacts: ArtifactStore;
  keys: KeySet;
  pages: ProviderPages;
  fetch: GuardedFetch;
  log: Logger;
  refreshTokens: RefreshTokenPolicy;
  sessions: SessionPolicy;
  /** Whether people may make accounts on the pages. */
  offersRegistration: boolean;
  stops: PolicyDeps['stops'];
  profileRules: ProfileRules;
  factorPolicies: FactorPolicies;
  access: Access;
}

/** Everything the provider is told. Each line that is not plainly a choice of ours says why it is there. */
export function configurationFor(deps: ProviderDeps): Configuration {
  const { issuer, artifacts, clock, keys, pages } = deps;
  const cookies = cookieOptions(issuer);
  const findAccount = createFindAccount(deps);
  const roleClaims = createRoleClaims(deps);
  return {
    adapter: createArtifactAdapter({
      store: artifacts,
      clock,
      grantLifetime: grantLifetime(deps.refreshTokens, deps.sessions),
      others: {
        ...createClientAdapters(deps),
        RefreshToken: refreshTokenAdapter({ store: artifacts, clock }, deps.refreshTokens.retrySeconds),
      },
    }),
    // Of several that fit, the first one signs.
    jwks: { keys: [...keys.signing, ...keys.published].map(key => new ProviderSigningKey(key)) },
    cookies: {
      keys: keys.cookie,
      names: cookieNames(issuer),
      long: { ...cookies, path: '/' },
      short: cookies,
    },

    findAccount,
    loadExistingGrant: loadGrant(deps),
    claims: claimsOfScopes(deps.profileRules),
    scopes: scopesOf(deps.profileRules),

    responseTypes: [
      'code',
      'code id_token',
      'code id_token token',
      'code token',
      'id_token',
      'id_token token',
      'none',
    ],
    // Everything but the code flow is asked for in the client's registration.
    clientDefaults: { response_types: ['code'], grant_types: ['authorization_code'] },
    acrValues: [...acrValues],
    // OpenID Connect Core 1.0 section 3.1.2.1: the request names it, also where one is registered only.
    allowOmittingSingleRegisteredRedirectUri: false,
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (_ctx, accountId, client) => pairwiseSubject(keys.pairwise, accountId, client),
    pkce: { required: isPkceRequired },
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      ...(deps.mtlsOrigin === undefined ? [] : ['self_signed_tls_client_auth' as const]),
      ...(deps.clientCertificateCa === undefined ? [] : ['tls_client_auth' as const]),
      'none',
    ],
    enabledJWA: enabledAlgorithms(keys.signing),
    extraClientMetadata,
    clientBasedCORS: (_ctx, origin, client) => isOriginAllowed(client, origin),

    features: {
      devInteractions: { enabled: false },
      fapi,
      // Private keys are none of the provider's business; and our own signing takes a third of the time of jose's.
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      clientCredentials: { enabled: true },
      userinfo: { enabled: true },
      jwtUserinfo: { enabled: true },
      claimsParameter: { enabled: true },
      encryption: { enabled: true },
      jwtResponseModes: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      // By reference too: see request-by-reference.ts.
      requestObjects: { enabled: true },
      clientIdMetadataDocument: clientDocuments(deps),
      resourceIndicators: createResourceIndicators(deps),
      richAuthorizationRequests: richAuthorizationRequests(deps.detailsTypes),
      deviceFlow: {
        enabled: true,
        userCodeInputSource: pages.deviceCode,
        userCodeConfirmSource: pages.deviceConfirm,
        successSource: pages.deviceDone,
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: pages.signOut,
        postLogoutSuccessSource: pages.signedOut,
      },
      // Delivery is ours: see sign-out/back-channel.ts.
      backchannelLogout: { enabled: true },
      // By default every confidential client may look into every token.
      introspection: {
        enabled: true,
        allowedPolicy: async (ctx, client, token) =>
          isMeantFor(client, token) && (await isStillGood(ctx, token, findAccount)),
      },
      jwtIntrospection: { enabled: true },
      ciba: backchannelAuthentication(deps),
      ...clientRegistration(deps),
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      // The nonce limits how long a stolen proof is good for (RFC 9449 section 8).
      dPoP: { enabled: true, nonceSecret: keys.dpopNonce, requireNonce: () => true },
      ...(deps.mtlsOrigin === undefined ? {} : { mTLS: clientCertificates(deps) }),
    },

    ttl: {
      Interaction: lifetimes.interaction,
      AuthorizationCode: lifetimes.authorizationCode,
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessToken,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? lifetimes.accessToken,
      IdToken: lifetimes.idToken,
      RefreshToken: refreshTokenLifetime(deps.refreshTokens),
      Session: sessionLifetime(deps.sessions, clock),
      DeviceCode: lifetimes.deviceCode,
      BackchannelAuthenticationRequest: backchannelLifetime,
      PushedAuthorizationRequest: lifetimes.pushedAuthorizationRequest,
      Grant: grantLifetime(deps.refreshTokens, deps.sessions),
    },
    extraTokenClaims: (ctx, token) => extraTokenClaims(ctx, token, roleClaims),
    // A stolen refresh token shows itself when it, or the one it was exchanged for, is used again.
    rotateRefreshToken: isRotating,
    issueRefreshToken: issueRefreshToken(deps),

    interactions: {
      policy: createPolicy(deps),
      // The client stands in the address only for the way back to it when everything else is gone.
      url: (_ctx, interaction) =>
        `/interaction/${interaction.uid}?client=${encodeURIComponent(String(interaction.params['client_id']))}`,
    },
    discovery: {
      display_values_supported: ['page'],
      prompt_values_supported: [
        'none',
        'login',
        'consent',
        'select_account',
        ...(deps.offersRegistration ? ['create'] : []),
      ],
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      check_session_iframe: `${issuer}/session/check`,
    },
    renderError: (ctx: KoaContextWithOIDC, out, error) => pages.error(ctx, out, error),
    // Looked into when it is registered, and never at every use of a client.
    sectorIdentifierUriValidate: () => isBeingRegistered(Provider.ctx),
    fetch: (input, { method = 'GET', headers, body } = {}) =>
      deps.fetch(input as string, {
        method,
        headers: new Headers(headers),
        ...(body === undefined || body === null ? {} : { body: textOf(body) }),
      }),
    fetchResponseBodyLimits: {
      'client_id metadata document': 5 * 1024,
      jwks_uri: 64 * 1024,
      sector_identifier_uri: 64 * 1024,
    },
  };
}

/** All that the provider sends: a form with a logout token, or JSON that says a request was decided. */
function textOf(body: unknown): string {
  return body instanceof URLSearchParams ? body.toString() : String(body);
}
