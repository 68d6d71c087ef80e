import { findBinaries } from './binaries.ts';
import { databaseUser, ensureCluster } from './cluster.ts';
import { startPostmaster } from './postmaster.ts';

export { lockDataDir } from './lock-data-dir.ts';

export interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** An existing folder, held with `lockDataDir`. */
  dataDir: string;
  /** Further settings of PostgreSQL, as `name=value`. */
  options?: readonly string[];
}

/**
 * A real PostgreSQL from npm, for trying the product and for running it small. Its data survives restarts; it stops
 * with this process in every way this process can end.
 * @throws StartupError
 */
export async function startEmbeddedPostgres({ dataDir, options = [] }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const cluster = await ensureCluster(dataDir, binaries);
  const { port, stop } = await startPostmaster(binaries, cluster, options);
  return { url: `postgresql://${databaseUser}:${cluster.password}@127.0.0.1:${port}/postgres`, stop };
}
