/**
 * Owns what becomes of what is known about people: the one list of what is held where, for how long, and erasure with its
 * receipt. Does not own the decision to leave (accounts), nor sessions and tokens themselves (oidc, store).
 */
export { type EraseDeps, eraseDue, findReceipt } from './erase-account.ts';
export { type Holding, holdings, impersonal } from './holdings.ts';
