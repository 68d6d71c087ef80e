import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { newId, newSecret } from '../kernel/index.ts';
import type { Sealer } from '../store/index.ts';
import type { KeyKind } from './key-record.ts';
import type { StoredKey } from './keys.repository.ts';

/** A sealed key says to which row it belongs, and opens in no other. */
export function bindingOf(id: string): string {
  return `key/${id}`;
}

/** A new key of this kind, sealed. */
export async function makeKey(
  sealer: Sealer,
  kind: KeyKind,
  times: { createdAt: Date; activatesAt: Date },
): Promise<StoredKey> {
  const { id, secret } = await (kind.purpose === 'signing' ? signingKey(kind.algorithm) : hmacKey());
  return {
    id,
    purpose: kind.purpose,
    algorithm: kind.algorithm,
    sealedKey: await sealer.seal(secret, bindingOf(id)),
    ...times,
    retiresAt: null,
    forgottenAt: null,
  };
}

async function signingKey(algorithm: string) {
  const { privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    modulusLength: 2048,
    ...(algorithm === 'EdDSA' ? { crv: 'Ed25519' } : {}),
  });
  const jwk = await exportJWK(privateKey);
  const id = await calculateJwkThumbprint(jwk);
  return { id, secret: JSON.stringify({ ...jwk, kid: id, alg: algorithm, use: 'sig' }) };
}

function hmacKey() {
  return { id: newId(), secret: newSecret() };
}
