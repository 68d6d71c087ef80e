import { fileURLToPath } from 'node:url';
import type { Settings } from '../config/index.ts';
import { type Clock, StartupError } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import {
  type ArtifactStore,
  createPostgresArtifactStore,
  createRedisArtifactStore,
  type Database,
  lockDataDir,
  migrate,
  openDatabase,
  pendingMigrations,
  startEmbeddedPostgres,
} from '../store/index.ts';
import type { Closers } from './close-all.ts';

interface Deps {
  settings: Settings;
  clock: Clock;
  closers: Closers;
}

/** From the package root, wherever the command was started. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

/** The database, ready and up to date. In development it is brought there; in production an operator does that first. */
export async function openUpToDateDatabase(deps: Deps): Promise<Database> {
  const { settings, clock, closers } = deps;
  const url = await databaseUrl(deps);
  if (settings.mode === 'development') await migrate({ url, folder: migrationsFolder, clock });
  else await refusePending(url);
  const database = openDatabase({ url, poolSize: settings.databasePoolSize });
  closers.add(() => database.close());
  return database;
}

/** Where the database is; a PostgreSQL of its own is started when none was given. */
export async function databaseUrl({ settings, closers }: Deps): Promise<string> {
  if (settings.databaseUrl !== undefined) return settings.databaseUrl;
  closers.add(await lockDataDir(settings.dataDir));
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir });
  closers.add(() => embedded.stop());
  return embedded.url;
}

async function refusePending(url: string): Promise<void> {
  const pending = await pendingMigrations({ url, folder: migrationsFolder });
  if (pending.length === 0) return;
  throw new StartupError(
    `The database lacks ${pending.length} migrations (${pending[0]} …). Run npm run migrate first; the running version goes on meanwhile.`,
  );
}

const reapEveryMs = 30_000;
const reapAtOnce = 5_000;

/** Sessions, grants and tokens: in Redis if there is one, else in the database. */
export async function openArtifacts(
  { settings, clock, closers, log }: Deps & { log: Logger },
  database: Database,
): Promise<ArtifactStore> {
  if (settings.redisUrl !== undefined) {
    const store = await createRedisArtifactStore({ url: settings.redisUrl, clock });
    closers.add(() => store.close());
    await store.ping().catch((cause: unknown) => {
      throw new StartupError(
        'Redis does not answer at the address in REDIS_URL. Start it, or correct the address.',
        cause,
      );
    });
    return store;
  }
  const store = createPostgresArtifactStore({ pool: database.pool, clock });
  const timer = setInterval(() => {
    store
      .reapExpired(reapAtOnce)
      .catch((err: unknown) => log.warn({ err }, 'expired artifacts were not deleted'));
  }, reapEveryMs);
  timer.unref();
  closers.add(() => clearInterval(timer));
  return store;
}
