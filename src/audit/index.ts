/**
 * Owns the record of what happened to accounts: the one catalogue of event types, how an event is written in the
 * transaction of the change it tells of, and how it is found again. What is personal in it is sealed with a key of the
 * account's: without the account nobody can open it, or tell whom it was about.
 * Owns the Merkle tree over all events too, which shows whether anybody changed one.
 * Does not own what happens, nor the words for it (config/locales).
 */
export { auditRepository, type EventFilter, findEvents, type RecordedEvent } from './audit.repository.ts';
export { type CheckpointSigner } from './checkpoint.ts';
export { type EventTypeName, eventTypes } from './event-types.ts';
export { type ExtendDeps, extendLog, latestCheckpoint } from './log-tree.repository.ts';
export {
  type ConsistencyProof,
  type InclusionProof,
  proveConsistency,
  proveInclusion,
} from './proofs.ts';
export { type Actor, type NewEvent, recordChange, recordEvent } from './record-event.ts';
export { resealSubjects } from './subjects.repository.ts';
export { type Verified, verifyLog } from './verify-log.ts';
