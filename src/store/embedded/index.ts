import { readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { databaseUser, ensureCluster } from './cluster.ts';
import { startPostmaster, stopLeftBehind } from './postmaster.ts';
import { clusterHome, reachablePrograms } from './reachable-place.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export { lockDataDir } from './lock-data-dir.ts';

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
  const user = unprivilegedUser();
  const binaries = reachablePrograms(await findBinaries(), user);
  const place = realpathSync(dataDir);
  const cluster = await ensureCluster(binaries, { dataDir: place, home: clusterHome(place, user), user });
  const postmaster = await startPostmaster(binaries, cluster, {
    options,
    ...(port === undefined ? {} : { port }),
  });
  return {
    url: `postgresql://${databaseUser}:${cluster.password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: () => postmaster.stop(),
  };
}

/** Deletes the database of a data folder that is held with `lockDataDir`, and what a killed process left running of it. */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const place = realpathSync(dataDir);
  const home = clusterHome(place, unprivilegedUser());
  await stopLeftBehind(join(home, 'postgres'));
  for (const folder of new Set([home, place])) {
    const ours = readdirSync(folder).filter(name => /^postgres($|[.-])/.test(name));
    for (const name of ours) rmSync(join(folder, name), { recursive: true, force: true });
  }
  if (home !== place) rmSync(home, { recursive: true, force: true });
}
