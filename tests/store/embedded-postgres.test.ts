import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDataDir, removeEmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/index.ts';
import { runProcess } from '../support/run-process.ts';
import { runSql, selectRows, tempFolder, until } from '../support/services.ts';

const postmasterPid = (dataDir: string) =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);

/** A process that has ended but was not waited for yet counts as gone. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const canConnect = (url: string) =>
  selectRows(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

test('keeps its data over a restart', async () => {
  const dataDir = tempFolder();
  const first = await startEmbeddedPostgres({ dataDir });
  await runSql(first.url, 'CREATE TABLE kept (id int)');
  await first.stop();
  expect(await canConnect(first.url)).toBe(false);
  const second = await startEmbeddedPostgres({ dataDir });
  expect(await selectRows(second.url, `SELECT to_regclass('kept')::text AS kept`)).toEqual([
    { kept: 'kept' },
  ]);
  expect(await selectRows(second.url, `SELECT current_setting('fsync') AS fsync`)).toEqual([{ fsync: 'on' }]);
  await second.stop();
  await second.stop();
});

test('keeps its files and its password to itself, and listens on this machine only', async () => {
  const dataDir = tempFolder();
  const server = await startEmbeddedPostgres({ dataDir });
  const modeOf = (name: string) => statSync(join(dataDir, name)).mode & 0o777;
  expect(modeOf('postgres')).toBe(0o700);
  expect(modeOf('postgres-password')).toBe(0o600);
  expect(new URL(server.url).password).toMatch(/^[\w-]{43}$/);
  const [row] = await selectRows<{ listens: string }>(
    server.url,
    `SELECT current_setting('listen_addresses') AS listens`,
  );
  expect(row?.listens).toBe('127.0.0.1');
  const guessed = new URL(server.url);
  guessed.password = 'postgres';
  await expect(selectRows(guessed.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  await server.stop();
});

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'dies with its parent when that gets %s',
  async signal => {
    const dataDir = tempFolder();
    const parent = runProcess('hold-data-dir.ts', dataDir);
    const url = await parent.firstLine;
    const pid = postmasterPid(dataDir);
    expect(isRunning(pid)).toBe(true);
    await parent.kill(signal);
    await until('PostgreSQL is gone', () => !isRunning(pid));
    expect(await canConnect(url)).toBe(false);
  },
);

test('the next start needs no pause after a kill', async () => {
  const dataDir = tempFolder();
  const parent = runProcess('hold-data-dir.ts', dataDir);
  await runSql(await parent.firstLine, 'CREATE TABLE kept (id int)');
  await parent.kill('SIGKILL');
  const unlock = await lockDataDir(dataDir);
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await selectRows(server.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  await server.stop();
  unlock();
});

test('a PostgreSQL that was left running on the folder is stopped first', async () => {
  const dataDir = tempFolder();
  const parent = runProcess('hold-data-dir.ts', dataDir);
  const url = await parent.firstLine;
  const pid = postmasterPid(dataDir);
  await runSql(url, 'CREATE TABLE kept (id int)');
  // Without its watcher nobody stops PostgreSQL when the parent goes.
  const watcher = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  process.kill(watcher, 'SIGKILL');
  await parent.kill('SIGKILL');
  expect(isRunning(pid)).toBe(true);
  const server = await startEmbeddedPostgres({ dataDir });
  expect(isRunning(pid)).toBe(false);
  expect(await selectRows(server.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  await server.stop();
});

test('a process id that was given to a stranger does not stop the start, nor the stranger', async () => {
  const dataDir = tempFolder();
  await (await startEmbeddedPostgres({ dataDir })).stop();
  writeFileSync(
    join(dataDir, 'postgres/postmaster.pid'),
    `${process.pid}\n${dataDir}/postgres\n1\n5432\n\n127.0.0.1\n1 1\nready\n`,
  );
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await canConnect(server.url)).toBe(true);
  await server.stop();
});

test('a creation that was cut short is done again', async () => {
  const dataDir = tempFolder();
  mkdirSync(join(dataDir, 'postgres.unfinished-x/cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'postgres.unfinished-x/cluster/PG_VERSION'), '18');
  writeFileSync(join(dataDir, 'postgres-password'), 'of the one that was never finished');
  const server = await startEmbeddedPostgres({ dataDir });
  expect(await canConnect(server.url)).toBe(true);
  expect(existsSync(join(dataDir, 'postgres.unfinished-x'))).toBe(false);
  await server.stop();
});

test('several run side by side', async () => {
  const servers = await Promise.all(
    [tempFolder(), tempFolder()].map(dataDir => startEmbeddedPostgres({ dataDir })),
  );
  expect(await Promise.all(servers.map(({ url }) => canConnect(url)))).toEqual([true, true]);
  await Promise.all(servers.map(server => server.stop()));
});

test('says in one sentence why it does not start', async () => {
  const dataDir = tempFolder();
  await (await startEmbeddedPostgres({ dataDir })).stop();
  writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '9.6\n');
  await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
    /^The embedded PostgreSQL did not start: .*FATAL/,
  );
});

test('a folder that is closed to everybody else will do, also for root, whose PostgreSQL runs as another user', async () => {
  const closed = tempFolder();
  chmodSync(closed, 0o700);
  const dataDir = join(closed, 'data');
  const release = await lockDataDir(dataDir);
  const first = await startEmbeddedPostgres({ dataDir });
  await runSql(first.url, 'CREATE TABLE kept (id int)');
  await first.stop();
  const second = await startEmbeddedPostgres({ dataDir });
  expect(await canConnect(second.url)).toBe(true);
  expect(await selectRows(second.url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 0 }]);
  await second.stop();

  await removeEmbeddedPostgres(dataDir);
  const third = await startEmbeddedPostgres({ dataDir });
  await expect(selectRows(third.url, 'SELECT * FROM kept')).rejects.toThrow('does not exist');
  await third.stop();
  await removeEmbeddedPostgres(dataDir);
  release();
});
