/**
 * Owns what becomes of what is known about people: the one list of what is held where, for how long, the copy that people get
 * of it, and erasure with its receipt. Does not own the decision to leave (accounts), nor sessions and tokens themselves (oidc, store).
 */
export { type Copy, type CopyPart, copySchema } from './copy-schema.ts';
export { type EraseDeps, eraseDue, findReceipt } from './erase-account.ts';
export {
  buildExports,
  type DataExport,
  type ExportPolicy,
  listExports,
  readExport,
  removeOldExports,
  requestExport,
} from './exports.ts';
export { type Holding, holdings, impersonal } from './holdings.ts';
