import { realpathSync } from 'node:fs';
import { findBinaries } from './binaries.ts';
import { databaseUser, ensureCluster } from './cluster.ts';
import { startPostmaster } from './postmaster.ts';

export { lockDataDir } from './lock-data-dir.ts';
export { stopLeftBehind } from './postmaster.ts';

export interface EmbeddedPostgres {
  url: string;
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** An existing folder, held with `lockDataDir`. */
  dataDir: string;
  /** Defaults to any free one, so that several copies run side by side. */
  port?: number;
  /** Further settings of PostgreSQL, as `name=value`. */
  options?: readonly string[];
}

/**
 * A real PostgreSQL from npm, for trying the product and for running it small. Its data survives restarts; it stops
 * with this process in every way this process can end.
 * @throws StartupError
 */
export async function startEmbeddedPostgres({
  dataDir,
  port,
  options = [],
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const cluster = await ensureCluster(realpathSync(dataDir), binaries);
  const postmaster = await startPostmaster(binaries, cluster, {
    options,
    ...(port === undefined ? {} : { port }),
  });
  return {
    url: `postgresql://${databaseUser}:${cluster.password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: () => postmaster.stop(),
  };
}
