import type { KeyRing } from '../keys/index.ts';

export interface Receipt {
  id: string;
  issuer: string;
  erasedAt: Date;
  /** Rows by table. */
  erased: Readonly<Record<string, number>>;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A compact JWS (RFC 7515) over what was erased, in numbers: it names nobody. The public key stands in its header, so that
 * it can be checked when that key has long left the JWKS; that it was ours then, the page of the receipt says.
 */
export async function signReceipt(keys: KeyRing, { id, issuer, erasedAt, erased }: Receipt): Promise<string> {
  const [key] = keys.current().signing;
  if (key === undefined) throw new Error('there is no key to sign with');
  const header = { alg: key.algorithm, kid: key.kid, typ: 'erasure-receipt+jwt', jwk: key.publicJwk };
  const claims = { iss: issuer, jti: id, iat: Math.floor(erasedAt.getTime() / 1000), erased };
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = await key.sign(Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}
