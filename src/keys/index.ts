/**
 * Owns the keys the service makes for itself: their creation, storage under encryption, and which are in use.
 * Does not own what is signed with them.
 */
export type { KeySet, SigningKey } from './key-record.ts';
export { type KeysDeps, loadKeys } from './load-keys.ts';
