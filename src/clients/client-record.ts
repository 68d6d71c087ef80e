/** Registered client metadata (RFC 7591 section 2), as the management API and the provider both see it, without the secret. */
export type ClientMetadata = { client_id: string; redirect_uris?: string[] } & Record<string, unknown>;

export interface StoredClient {
  metadata: ClientMetadata;
  /** SHA-256 of the secret, base64url. */
  secretHash: string | undefined;
  /** The secret itself, sealed, where the digest would not do. */
  sealedSecret: string | undefined;
  isEnabled: boolean;
  version: number;
}

export const accessTokenFormats = ['jwt', 'opaque'] as const;

/** RFC 9068 section 2.2.3.1 has `roles` and `groups`; `permissions` are those of the resource server itself. */
export const tokenClaims = ['roles', 'permissions', 'groups'] as const;

export type TokenClaim = (typeof tokenClaims)[number];

/** Those that there are keys for; the keys are elsewhere (src/keys), and a test holds the two lists together. */
export const accessTokenAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;

/** Far below how long a retired key is kept, so that whatever it signed can be verified as long as it is good. */
export const longestAccessTokenSeconds = 24 * 60 * 60;

/** An API that takes our tokens (RFC 8707). */
export interface ResourceServer {
  /** Resource indicator and audience: an absolute URI. */
  identifier: string;
  name: string;
  scopes: string[];
  accessTokenFormat: (typeof accessTokenFormats)[number];
  accessTokenSigningAlg: (typeof accessTokenAlgorithms)[number];
  accessTokenLifetimeSeconds: number;
  /** What its tokens say of who has them; nothing if left out. */
  tokenClaims?: TokenClaim[];
}

/** What may be asked for in detail (RFC 9396 section 2). */
export interface AuthorizationDetailsType {
  type: string;
  /** Identifier of the one resource server that understands it. */
  resourceServer: string;
  /** What a person reads above the details, such as “Payment”. */
  name: string;
  /** JSON Schema of an object: the fields beside `type`. The titles in it are what a person reads. */
  schema: Readonly<Record<string, unknown>>;
}
