import { hash } from 'node:crypto';
import { inject } from 'vitest';
import { newId, systemClock } from '../../src/kernel/index.ts';
import { migrate, startEmbeddedPostgres } from '../../src/store/index.ts';
import { freePort } from './free-port.ts';
import { tempFolder } from './temp-folder.ts';
import { databaseUrl, fast, migrationsFolder, runSql, templateName } from './test-server.ts';

export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

/** A migrated database of the caller's own on the server all tests share. */
export function freshDatabase(): Promise<TestDatabase> {
  return createDatabase(`TEMPLATE ${templateName}`);
}

/** As `freshDatabase`, without a single table. */
export function emptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${hash('sha256', newId(), 'hex').slice(0, 20)}`;
  await runSql(server, `CREATE DATABASE ${name} ${options}`);
  return {
    url: databaseUrl(server, name),
    drop: () => runSql(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

export interface PostgresServer {
  /** A migrated database. */
  url: string;
  stop(): Promise<void>;
  /** Starts it again on the same port with the data it had. */
  restart(): Promise<void>;
}

/** A PostgreSQL of the caller's own, for tests in which it goes away. Dies with the test process. */
export async function startPostgres(): Promise<PostgresServer> {
  const dataDir = tempFolder();
  const port = await freePort();
  const start = () => startEmbeddedPostgres({ dataDir, port, options: fast });
  let server = await start();
  const { url } = server;
  await migrate({ url, folder: migrationsFolder, clock: systemClock });
  return {
    url,
    stop: () => server.stop(),
    async restart() {
      await server.stop();
      server = await start();
    },
  };
}
