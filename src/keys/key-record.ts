import type { JWK } from 'jose';

/** In the order of preference. RS256 is what OpenID Connect Core asks of every provider; PS256, ES256 and EdDSA are what FAPI allows. */
export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** What keys are for, and of which algorithm there is one each. */
export const keyKinds = [
  ...signingAlgorithms.map(algorithm => ({ purpose: 'signing', algorithm }) as const),
  { purpose: 'cookie', algorithm: 'HS256' },
  { purpose: 'pairwise', algorithm: 'HS256' },
  { purpose: 'dpop-nonce', algorithm: 'HS256' },
] as const;
export type KeyKind = (typeof keyKinds)[number];
export type KeyPurpose = KeyKind['purpose'];

/** Signs for us; where the private key is, and whether this process ever sees it, is its own business. */
export interface SigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  /** As it stands in the JWKS, with `kid`, `alg` and `use`. */
  publicJwk: JWK;
  /** @returns the signature in the form of JWS (RFC 7518 section 3) */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Where private keys are made and used: in this process, or in a key management service that never gives them away. */
export interface PrivateKeys {
  /**
   * @returns `kid` as it will stand in the JWKS, and what the database keeps, sealed, to open the key again: the private key
   * itself, or the name that it has elsewhere
   */
  make(algorithm: SigningAlgorithm): Promise<{ kid: string; kept: string }>;
  open(algorithm: SigningAlgorithm, kept: string): SigningKey | Promise<SigningKey>;
}

/** All keys as of one moment. */
export interface KeySet {
  /** Active, one an algorithm, in the order of preference. */
  signing: SigningKey[];
  /** Next and retired: in the JWKS, and accepted where we read our own signatures. */
  published: SigningKey[];
  /** The first signs, all verify. */
  cookie: string[];
  /** Newest first; which one counts for an account follows from when that was made. */
  pairwise: { salt: string; activatesAt: number }[];
  /** 32 bytes. */
  dpopNonce: Buffer;
}
