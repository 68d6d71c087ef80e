import { hash } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, StartupError } from '../../src/kernel/index.ts';
import { migrate, pendingMigrations } from '../../src/store/index.ts';
import { runProcess } from '../support/run-process.ts';
import {
  emptyDatabase,
  freePort,
  runSql,
  selectRows,
  type TestDatabase,
  until,
} from '../support/services.ts';
import { migrationFixture } from './migration-fixture.ts';

const clock: Clock = { now: () => Date.UTC(2030, 0, 1) };
const one = '20300101000000_one';
const two = '20300102000000_two';
const createsOne = 'CREATE TABLE one (id int); INSERT INTO one VALUES (1);';

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

async function failure(work: Promise<unknown>): Promise<StartupError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StartupError);
  return error as StartupError;
}

test('applies what is missing, in order, once', async () => {
  const { folder, write } = migrationFixture({ [one]: createsOne });
  const input = { url: database.url, folder, clock };
  expect(await pendingMigrations(input)).toEqual([one]);
  expect(await migrate(input)).toEqual([one]);
  expect(await migrate(input)).toEqual([]);
  write(two, 'ALTER TABLE one ADD COLUMN name text');
  expect(await pendingMigrations(input)).toEqual([two]);
  expect(await migrate(input)).toEqual([two]);
  expect(await pendingMigrations(input)).toEqual([]);
});

test('keeps its records as Prisma does', async () => {
  const { folder } = migrationFixture({ [one]: createsOne });
  await migrate({ url: database.url, folder, clock });
  const rows = await selectRows(database.url, 'SELECT * FROM _prisma_migrations');
  expect(rows).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      checksum: hash('sha256', createsOne, 'hex'),
      migration_name: one,
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date) as Date,
      finished_at: expect.any(Date) as Date,
      applied_steps_count: 1,
    },
  ]);
});

test('ten processes that start together migrate once', async () => {
  const { folder } = migrationFixture({ [one]: `SELECT pg_sleep(0.3); ${createsOne}`, [two]: 'SELECT 1' });
  const processes = Array.from({ length: 10 }, () => runProcess('migrate.ts', database.url, folder));
  const applied = await Promise.all(processes.map(({ firstLine }) => firstLine));
  expect(applied.filter(line => line !== '[]')).toEqual([JSON.stringify([one, two])]);
  expect(await selectRows(database.url, 'SELECT id FROM one')).toHaveLength(1);
});

test('a migration that fails leaves nothing behind and is tried again once it is corrected', async () => {
  const { folder, write } = migrationFixture({
    [one]: createsOne,
    [two]: 'CREATE TABLE half (id int); INSERT INTO one VALUES (2); SELECT nonsense;',
  });
  const input = { url: database.url, folder, clock };
  const { message } = await failure(migrate(input));
  expect(message).toContain(two);
  expect(message).toContain('column "nonsense" does not exist');
  const halves = await selectRows(database.url, `SELECT to_regclass('half') AS half`);
  expect(halves).toEqual([{ half: null }]);
  expect(await selectRows(database.url, 'SELECT id FROM one')).toEqual([{ id: 1 }]);
  expect(await pendingMigrations(input)).toEqual([two]);
  write(two, 'CREATE TABLE half (id int)');
  expect(await migrate(input)).toEqual([two]);
});

test('a process killed in the middle of a migration leaves nothing behind', async () => {
  const { folder, write } = migrationFixture({ [one]: `${createsOne} SELECT pg_sleep(60);` });
  const running = runProcess('migrate.ts', database.url, folder);
  running.firstLine.catch(() => {});
  await until('the migration is under way', async () => {
    const rows = await selectRows(
      database.url,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
    );
    return rows.length > 0;
  });
  await running.kill('SIGKILL');
  // PostgreSQL itself notices only when the statement ends.
  await runSql(
    database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
  );
  write(one, createsOne);
  expect(await migrate({ url: database.url, folder, clock })).toEqual([one]);
});

test('refuses a migration that was edited after it was applied', async () => {
  const { folder, write } = migrationFixture({ [one]: createsOne });
  await migrate({ url: database.url, folder, clock });
  write(one, `${createsOne} -- and a little more`);
  expect((await failure(migrate({ url: database.url, folder, clock }))).message).toContain(
    `${one} was changed after this database was migrated`,
  );
  await failure(pendingMigrations({ url: database.url, folder }));
});

test('refuses a database that a newer release has migrated', async () => {
  const newer = migrationFixture({ [one]: createsOne, [two]: 'SELECT 1' });
  await migrate({ url: database.url, folder: newer.folder, clock });
  const older = migrationFixture({ [one]: createsOne });
  const { message } = await failure(migrate({ url: database.url, folder: older.folder, clock }));
  expect(message).toContain('migrated by a newer release');
  expect(message).toContain(two);
  await failure(pendingMigrations({ url: database.url, folder: older.folder }));
});

test('data written by the old release is still there after the new one has migrated', async () => {
  const older = migrationFixture({ [one]: createsOne });
  await migrate({ url: database.url, folder: older.folder, clock });
  await runSql(database.url, 'INSERT INTO one VALUES (7)');
  const newer = migrationFixture({
    [one]: createsOne,
    [two]: `ALTER TABLE one ADD COLUMN name text NOT NULL DEFAULT 'unnamed'; CREATE INDEX ON one (name);`,
  });
  await migrate({ url: database.url, folder: newer.folder, clock });
  expect(await selectRows(database.url, 'SELECT id, name FROM one ORDER BY id')).toEqual([
    { id: 1, name: 'unnamed' },
    { id: 7, name: 'unnamed' },
  ]);
});

test('a database that is away, wrong or closed to us is one sentence without the password', async () => {
  const { folder } = migrationFixture({ [one]: createsOne });
  const change = (edit: (url: URL) => void) => {
    const url = new URL(database.url);
    edit(url);
    return failure(migrate({ url: url.href, folder, clock }));
  };
  const port = String(await freePort());
  const away = await change(url => {
    url.port = port;
    url.password = 'top-secret';
  });
  expect(away.message).toContain(`at 127.0.0.1:${port} (ECONNREFUSED)`);
  const refused = await change(url => {
    url.password = 'top-secret';
  });
  expect(refused.message).toContain('refused the user "gatehouse"');
  const missing = await change(url => {
    url.pathname = '/nowhere';
  });
  expect(missing.message).toContain('"nowhere"');
  expect(missing.message).toContain('does not exist');
  for (const { message } of [away, refused, missing]) expect(message).not.toMatch(/top-secret|\n/);
});

test('a user who may not create tables is told so', async () => {
  const { folder } = migrationFixture({ [one]: createsOne });
  const name = `reader_${hash('sha256', database.url, 'hex').slice(0, 8)}`;
  await runSql(database.url, `CREATE ROLE ${name} LOGIN PASSWORD 'x'`);
  const url = new URL(database.url);
  url.username = name;
  url.password = 'x';
  const { message } = await failure(migrate({ url: url.href, folder, clock }));
  expect(message).toContain(`"${name}" may not create tables`);
  await runSql(database.url, `DROP ROLE ${name}`);
});

test('waits for a bounded time for another process that migrates', async () => {
  const { folder } = migrationFixture({ [one]: createsOne });
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(7202610)');
  const waiting = failure(migrate({ url: database.url, folder, clock, lockWaitSeconds: 1 }));
  expect((await waiting).message).toContain('Another process is migrating');
  await holder.end();
});
