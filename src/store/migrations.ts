import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Clock, dateOf, newId, StartupError } from '../kernel/index.ts';
import { describeConnectionFailure } from './describe-connection-failure.ts';

export interface MigrationsInput {
  url: string;
  /** Holds one folder a migration, each with a migration.sql, applied in the order of their names. */
  folder: string;
  clock: Clock;
  /** How long to wait for another process that is migrating. */
  lockWaitSeconds?: number;
}

interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

/** Held by the process that migrates; the others wait and then find nothing left to do. */
const migrationLock = 7_202_610;

/** The table of Prisma's own command, column for column, so that `prisma migrate deploy` accepts the database too. */
const historyTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/**
 * Applies what is missing: each migration and the record of it in one transaction, so that nothing is ever half done.
 * @returns the names of the migrations applied
 * @throws StartupError with one sentence for the operator
 */
export async function migrate(input: MigrationsInput): Promise<string[]> {
  const migrations = await readMigrations(input.folder);
  return withConnection(input.url, async client => {
    await client.query(`SET lock_timeout = '${input.lockWaitSeconds ?? 60}s'`);
    await client.query(`SELECT pg_advisory_lock(${migrationLock})`);
    await client.query(historyTable);
    const pending = await findPending(client, migrations);
    for (const migration of pending) await apply(client, migration, input.clock);
    return pending.map(migration => migration.name);
  });
}

/** @throws StartupError when the database was changed by a newer release or by an edited migration */
export async function pendingMigrations({ url, folder }: Omit<MigrationsInput, 'clock'>): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return withConnection(url, async client => {
    const { rows } = await client.query<{ present: boolean }>(
      `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`,
    );
    if (rows[0]?.present !== true) return migrations.map(migration => migration.name);
    return (await findPending(client, migrations)).map(migration => migration.name);
  });
}

async function withConnection<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // Without a listener a connection that breaks would end the process; the query under way rejects anyway.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(describeConnectionFailure(url, error), error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  return Promise.all(
    names.sort().map(async name => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: hash('sha256', sql, 'hex') };
    }),
  );
}

async function findPending(client: Client, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM "_prisma_migrations" WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
  );
  const applied = new Map(rows.map(row => [row.name, row.checksum]));
  const known = new Set(migrations.map(migration => migration.name));
  const unknown = rows.find(row => !known.has(row.name));
  if (unknown !== undefined) {
    throw new StartupError(
      `The database was migrated by a newer release (it knows ${unknown.name}, this release does not). Start that release, or restore a backup.`,
    );
  }
  const edited = migrations.find(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum);
  if (edited !== undefined) {
    throw new StartupError(
      `The migration ${edited.name} was changed after this database was migrated with it. Restore its file; changes belong into a new migration.`,
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: Client, { name, sql, checksum }: Migration, clock: Clock): Promise<void> {
  await client.query('BEGIN');
  try {
    const startedAt = dateOf(clock);
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, $4, now(), 1)`,
      [newId(), checksum, name, startedAt],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    const why = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The migration ${name} failed and was rolled back as a whole: ${why}.`, error);
  }
}
