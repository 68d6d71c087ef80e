import { base64url } from 'jose';
import { z } from 'zod';

/** The log at one size, as it is signed and as an outside witness keeps it. */
export interface Checkpoint {
  issuer: string;
  /** So many events. */
  size: number;
  /** Merkle Tree Hash, base64url. */
  root: string;
  at: Date;
}

/** Signs with a key of the JWKS. */
export interface CheckpointSigner {
  kid: string;
  algorithm: string;
  /** @returns the signature in the form of JWS (RFC 7518 section 3) */
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

const type = 'audit-checkpoint+jws';

const payloadShape = z.object({
  iss: z.string(),
  size: z.int().nonnegative(),
  root: z.string(),
  at: z.iso.datetime(),
});

/** @returns a compact JWS (RFC 7515) */
export async function signCheckpoint(
  signer: CheckpointSigner,
  { issuer, size, root, at }: Checkpoint,
): Promise<string> {
  const parts = [
    { alg: signer.algorithm, kid: signer.kid, typ: type },
    { iss: issuer, size, root, at: at.toISOString() },
  ];
  const content = parts.map(part => base64url.encode(JSON.stringify(part))).join('.');
  return `${content}.${base64url.encode(await signer.sign(Buffer.from(content)))}`;
}

/** What a checkpoint says, whoever signed it. @throws Error for what is none */
export function readCheckpoint(signature: string): Checkpoint {
  const payload = new TextDecoder().decode(base64url.decode(signature.split('.')[1] ?? ''));
  const { iss, size, root, at } = payloadShape.parse(JSON.parse(payload));
  return { issuer: iss, size, root, at: new Date(at) };
}
