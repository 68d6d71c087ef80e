import type { JWK } from 'jose';

/** The signing algorithms we make keys for, in the order of preference. RS256 is what OpenID Connect Core asks of every provider. */
export const signingAlgorithms = ['ES256', 'RS256'] as const;

export interface SigningKey {
  kid: string;
  algorithm: string;
  privateJwk: JWK;
}

/** What the provider needs: signing keys, and the keys that authenticate cookies (first signs, all verify). */
export interface KeySet {
  signing: SigningKey[];
  cookie: string[];
}
