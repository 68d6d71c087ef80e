import { type Client, type ClientMetadata, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { profileProperty } from '../clients/index.ts';
import { acrValues, isAcr } from '../mfa/index.ts';
import { minimumAcr } from './assurance.ts';
import { allowedOrigins, areOrigins } from './client-origins.ts';
import { profileOf } from './client-profiles.ts';
import { firstParty } from './consent.ts';
import { assertionIssuers } from './grants/jwt-bearer.ts';
import { areAssertionIssuers, areExchangeRules } from './grants/metadata.ts';
import { exchangeRules } from './grants/token-exchange.ts';
import { ownResourceServers } from './introspection.ts';
import { idleLifetime, totalLifetime } from './lifetimes.ts';
import { resourceScopes, validateResourceScopes } from './resource-indicators.ts';
import { frontchannelSessionRequired, frontchannelUri, isAtARedirectUri } from './sign-out/front-channel.ts';

/** @throws InvalidClientMetadata, whose description completes "<name> …" */
type Validate = (name: string, value: unknown, metadata: ClientMetadata) => void;

/** ID tokens carry the claims of the granted scopes, which otherwise only userinfo does (OpenID Connect Core 1.0 section 5.4). */
export const idTokenScopeClaims = 'id_token_scope_claims';

/** False lets a client with a secret or a key leave PKCE out: for software that knows nothing of RFC 7636. */
const requirePkce = 'require_pkce';

/** Of buttons and links on the pages people see on the way to the client; made darker or lighter where it could not be read. */
export const brandColor = 'brand_color';

/** The most that `scope` may have in the client's own registration: scopes separated by spaces. */
export const allowedScope = 'allowed_scope';

/** OpenID Connect Dynamic Client Registration 1.0 section 2. */
export const requestUris = 'request_uris';

/** What only administrators give a client, because it opens something, or closes it. */
const givenByAdministrators: Readonly<Record<string, Validate>> = {
  [resourceScopes]: validateResourceScopes,
  [ownResourceServers]: areStrings,
  [firstParty]: isTrueOrFalse,
  [exchangeRules]: areExchangeRules,
  [assertionIssuers]: areAssertionIssuers,
  [allowedScope]: isString,
  [minimumAcr]: isKnownAcr,
};

export const privilegedMetadata: ReadonlySet<string> = new Set(Object.keys(givenByAdministrators));

/** Client metadata that the provider does not know, and what each may hold. */
const ownMetadata: Readonly<Record<string, Validate>> = {
  ...Object.fromEntries(
    Object.entries(givenByAdministrators).map(([name, validate]) => [name, grantedByUs(validate)]),
  ),
  [idTokenScopeClaims]: isTrueOrFalse,
  [requestUris]: areHttpsAddresses,
  [requirePkce]: isTrueOrConfidential,
  [brandColor]: isColor,
  [allowedOrigins]: areOrigins,
  [frontchannelUri]: isAtARedirectUri,
  [frontchannelSessionRequired]: isTrueOrFalse,
  [idleLifetime]: areSeconds,
  [totalLifetime]: areSeconds,
  // Looked at before everything else: see client-profiles.ts.
  [profileProperty]: () => undefined,
};

export const extraClientMetadata = {
  properties: Object.keys(ownMetadata),
  validator(_ctx: unknown, name: string, value: unknown, metadata: ClientMetadata): void {
    if (value !== undefined) ownMetadata[name]?.(name, value, metadata);
  },
};

function isTrueOrFalse(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new errors.InvalidClientMetadata(`${name} must be true or false`);
}

function isString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new errors.InvalidClientMetadata(`${name} must be a string`);
}

function isKnownAcr(name: string, value: unknown): void {
  if (!isAcr(value)) {
    throw new errors.InvalidClientMetadata(`${name} must be one of ${acrValues.join(', ')}`);
  }
}

function isColor(name: string, value: unknown): void {
  if (typeof value !== 'string' || !/^#[\da-f]{6}$/i.test(value)) {
    throw new errors.InvalidClientMetadata(`${name} must be a colour such as #0c5a4d`);
  }
}

function areSeconds(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || Number(value) < 60) {
    throw new errors.InvalidClientMetadata(`${name} must be a whole number of seconds, at least 60`);
  }
}

function areStrings(name: string, value: unknown): void {
  if (!Array.isArray(value) || !value.every(each => typeof each === 'string')) {
    throw new errors.InvalidClientMetadata(`${name} must be a list of strings`);
  }
}

function areHttpsAddresses(name: string, value: unknown): void {
  const isOne = (each: unknown) =>
    typeof each === 'string' &&
    each.length <= 512 &&
    URL.canParse(each) &&
    new URL(each).protocol === 'https:';
  if (!Array.isArray(value) || value.length > 20 || !value.every(isOne)) {
    throw new errors.InvalidClientMetadata(`${name} must be up to 20 https addresses`);
  }
}

/** What an administrator gives a client, it cannot give itself: neither in a registration nor in a document of its own. */
function grantedByUs(validate: Validate): Validate {
  return (name, value, metadata) => {
    if (metadata.client_id.startsWith('https://')) {
      throw new errors.InvalidClientMetadata(`${name} is not for clients that describe themselves`);
    }
    validate(name, value, metadata);
  };
}

function isTrueOrConfidential(name: string, value: unknown, metadata: ClientMetadata): void {
  isTrueOrFalse(name, value);
  if (value === false && metadata.token_endpoint_auth_method === 'none') {
    throw new errors.InvalidClientMetadata(`${name} must be true for a client that does not authenticate`);
  }
}

/**
 * Nobody who does not authenticate can leave PKCE out (RFC 9700 section 2.1.1), nor who pushes a request
 * (FAPI 1.0 Advanced section 5.2.2 number 18).
 */
export function isPkceRequired(ctx: KoaContextWithOIDC, client: Client): boolean {
  if (client.clientAuthMethod === 'none' || client[requirePkce] !== false) return true;
  return profileOf(client) === 'fapi1-advanced' && ctx.oidc.route === 'pushed_authorization_request';
}
