import { base64url } from 'jose';
import type { SigningKey } from '../../src/keys/index.ts';

/** Any header and any claims with a right signature of ours, also what the service would never sign (RFC 7515). */
export async function signJwt(key: SigningKey, header: object, claims: object): Promise<string> {
  const parts = [{ alg: key.algorithm, kid: key.kid, ...header }, claims];
  const content = parts.map(part => base64url.encode(JSON.stringify(part))).join('.');
  return `${content}.${base64url.encode(await key.sign(Buffer.from(content)))}`;
}
