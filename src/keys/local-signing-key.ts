import { constants, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { perTurn } from '../kernel/index.ts';
import type { PrivateKeys, SigningAlgorithm, SigningKey } from './key-record.ts';

const signElsewhere = promisify(sign);

const signWith: Record<SigningAlgorithm, (key: KeyObject) => SigningKey['sign']> = {
  // Shorter than the way to another thread and back, and OpenSSL takes twice as long to answer in the form that JWS wants.
  // Those of one turn together, so that their answers leave together and wake whoever waits for them once.
  ES256: key =>
    perTurn(data => Promise.resolve(data.map(each => toConcatenated(sign('sha256', each, key), 32)))),
  // Long enough to be worth the way.
  RS256: key => data => signElsewhere('sha256', data, key),
  PS256: key => data =>
    signElsewhere('sha256', data, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  EdDSA: key => data => sign(null, data, key),
};

/** Private keys that are made here, and opened by every process that has the encryption keys. */
export const localPrivateKeys: PrivateKeys = {
  async make(algorithm) {
    const { privateKey } = await generateKeyPair(algorithm, {
      extractable: true,
      modulusLength: 2048,
      ...(algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {}),
    });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    return { kid, kept: JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }) };
  },
  open: (algorithm, kept) => createLocalSigningKey(algorithm, JSON.parse(kept) as JWK & { kid: string }),
};

/** A key whose private part is in this process. */
function createLocalSigningKey(algorithm: SigningAlgorithm, privateJwk: JWK & { kid: string }): SigningKey {
  const privateKey = createPrivateKey({ key: privateJwk, format: 'jwk' });
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' }) as JWK;
  const { kid } = privateJwk;
  return {
    kid,
    algorithm,
    publicJwk: { ...publicJwk, kid, alg: algorithm, use: 'sig' },
    sign: signWith[algorithm](privateKey),
  };
}

/**
 * From the DER that OpenSSL gives (RFC 3279 section 2.2.3: a sequence of two integers) to r and s side by side, each as
 * long as the curve's order (RFC 7518 section 3.4). Lengths below 128 take one octet, which holds up to P-384.
 */
function toConcatenated(der: Buffer, size: number): Buffer {
  const signature = Buffer.alloc(2 * size);
  let at = 2;
  for (const end of [size, 2 * size]) {
    const length = der[at + 1] ?? 0;
    const integer = der.subarray(at + 2, at + 2 + length);
    // An integer may be shorter, or have a zero before a high first bit.
    const digits = integer.subarray(Math.max(0, length - size));
    digits.copy(signature, end - digits.length);
    at += 2 + length;
  }
  return signature;
}
