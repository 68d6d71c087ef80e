/**
 * Owns the keys the service makes for itself: their creation, storage under encryption, rotation, and which are in use.
 * Does not own what is signed with them.
 */
export type { RotationPolicy } from './key-life.ts';
export {
  type KeyKind,
  type KeyPurpose,
  type KeySet,
  keyKinds,
  type PrivateKeys,
  type SigningKey,
  signingAlgorithms,
} from './key-record.ts';
export { type KeyRing, openKeyRing } from './key-ring.ts';
export { type ListedKey, listKeys } from './list-keys.ts';
export { localPrivateKeys } from './local-signing-key.ts';
export { type KeysDeps, revokeKey, rotateDueKeys, rotateKeys } from './rotate-keys.ts';
