/**
 * Owns connections and how data is kept: PostgreSQL and its migrations, the embedded PostgreSQL, artifacts and their
 * drivers, sealing at rest. Does not own what any of the data means.
 */
export {
  type Artifact,
  ArtifactConflictError,
  type ArtifactStore,
  type Change,
  type Conflict,
  createPostgresArtifactStore,
  createRedisArtifactStore,
  type Put,
  runInUnitOfWork,
  type UnitOfWork,
  withArtifacts,
} from './artifacts/index.ts';
export { batchLookups } from './batch-lookups.ts';
export {
  type Database,
  type DatabaseOptions,
  openDatabase,
  type Statements,
  type Transaction,
} from './database.ts';
export {
  type EmbeddedPostgres,
  lockDataDir,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded/index.ts';
export { lockName } from './lock-name.ts';
export { type MigrationsInput, migrate, pendingMigrations } from './migrations.ts';
export { createSealer, type Sealer, type SealingKey } from './sealing.ts';
