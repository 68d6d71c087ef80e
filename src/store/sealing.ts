import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';

/** A secret on its way into or out of the database. `binding` names the row, so that no sealed value can be moved to another. */
export interface Sealer {
  seal(plaintext: string, binding: string): Promise<string>;
  /** @throws Error when the key is not in the ring, or the value was changed or moved */
  open(sealed: string, binding: string): Promise<string>;
  /** Whether it was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean;
}

export interface SealingKey {
  id: string;
  /** 32 bytes. */
  bytes: Uint8Array;
}

/**
 * Compact JWE (RFC 7516), direct encryption with A256GCM. The protected header carries the key's id and the binding,
 * and is authenticated with the ciphertext. The first key encrypts; all decrypt.
 */
export function createSealer(ring: readonly SealingKey[]): Sealer {
  const [current] = ring;
  if (current === undefined) throw new Error('a sealer needs at least one key');
  const keys = new Map(ring.map(key => [key.id, key.bytes]));

  return {
    seal: (plaintext, binding) =>
      new CompactEncrypt(new TextEncoder().encode(plaintext))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: current.id, binding })
        .encrypt(current.bytes),

    isCurrent: sealed => decodeProtectedHeader(sealed).kid === current.id,

    async open(sealed, binding) {
      const header = decodeProtectedHeader(sealed);
      const key = keys.get(header.kid ?? '');
      if (key === undefined) {
        throw new Error(`no encryption key with the id "${header.kid ?? ''}" is configured`);
      }
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      if (protectedHeader['binding'] !== binding) throw new Error('a sealed value was moved to another row');
      return new TextDecoder().decode(plaintext);
    },
  };
}
