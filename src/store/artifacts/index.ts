export type { Artifact, ArtifactStore, Change, Conflict, FoundArtifact, Put } from './artifact-store.ts';
export { ArtifactConflictError } from './conflict-error.ts';
export { createPostgresArtifactStore } from './postgres-artifact-store.ts';
export { createRedisArtifactStore } from './redis-artifact-store.ts';
export { runInUnitOfWork, type UnitOfWork, withArtifacts } from './unit-of-work.ts';
