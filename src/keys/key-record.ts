import type { JWK } from 'jose';

/** The signing algorithms we make keys for, in the order of preference. RS256 is what OpenID Connect Core asks of every provider. */
export const signingAlgorithms = ['ES256', 'RS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Signs for us; where the private key is, and whether this process ever sees it, is its own business. */
export interface SigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  /** As it stands in the JWKS, with `kid`, `alg` and `use`. */
  publicJwk: JWK;
  /** @returns the signature in the form of JWS (RFC 7518 section 3) */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** What the provider needs: signing keys, and the keys that authenticate cookies (first signs, all verify). */
export interface KeySet {
  signing: SigningKey[];
  cookie: string[];
}
