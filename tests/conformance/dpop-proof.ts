import {
  constants,
  createHmac,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { base64url } from 'jose';

export interface ProofKey {
  alg: 'ES256' | 'PS256' | 'RS256';
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export const newEcKey = (): ProofKey => ({
  alg: 'ES256',
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
});
export const newRsaKey = (modulusLength = 2048): ProofKey => ({
  alg: 'PS256',
  ...generateKeyPairSync('rsa', { modulusLength }),
});

export interface Proof {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

export interface Target {
  method: string;
  url: string;
  nonce: string | undefined;
  accessToken?: string;
}

/** All that RFC 9449 section 4.2 asks. */
export function proofFor({ alg, publicKey }: ProofKey, { method, url, nonce, accessToken }: Target): Proof {
  return {
    header: { typ: 'dpop+jwt', alg, jwk: publicKey.export({ format: 'jwk' }) },
    claims: {
      jti: randomUUID(),
      htm: method,
      htu: url,
      iat: Math.floor(Date.now() / 1000),
      ...(nonce === undefined ? {} : { nonce }),
      ...(accessToken === undefined ? {} : { ath: hash('sha256', accessToken, 'base64url') }),
    },
  };
}

/** Signs whatever it says, also what no library would sign. What is undefined is left out. */
export function signProof({ header, claims }: Proof, { alg, publicKey, privateKey }: ProofKey): string {
  const content = [header, claims].map(part => base64url.encode(JSON.stringify(part))).join('.');
  return `${content}.${signature()}`;

  function signature(): string {
    const data = Buffer.from(content);
    if (header['alg'] === 'none') return '';
    if (header['alg'] === 'HS256') {
      const known = publicKey.export({ type: 'spki', format: 'der' });
      return createHmac('sha256', known).update(data).digest('base64url');
    }
    const rsaPadding =
      header['alg'] === 'RS256'
        ? { padding: constants.RSA_PKCS1_PADDING }
        : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const how = alg === 'ES256' ? { dsaEncoding: 'ieee-p1363' as const } : rsaPadding;
    return sign('sha256', data, { key: privateKey, ...how }).toString('base64url');
  }
}
