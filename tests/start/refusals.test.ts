import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeEncryptionKey } from '../../src/start/index.ts';
import {
  emptyDatabase,
  freePort,
  freshDatabase,
  runSql,
  selectRows,
  tempFolder,
} from '../support/services.ts';
import { endAll, freshEnvironment, processesOf, runServer } from './run-server.ts';

afterAll(endAll);

/** Starts, expects a refusal, and hands back what was said. */
async function refusal(environment: Record<string, string>): Promise<string> {
  const run = runServer(environment);
  expect(await run.exit).toBe(1);
  expect(run.output()).not.toMatch(/\n\s+at |Gatehouse is ready/);
  expect(existsSync(join(run.dataDir, 'demo.json'))).toBe(false);
  expect(processesOf(run.dataDir)).toEqual([]);
  expect(run.output().trim().split('\n')[0]).toMatch(/[.:]$/);
  return run.output().trim();
}

const tables = (url: string) =>
  selectRows<{ name: string }>(url, "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'");

describe('one clear sentence and exit code 1, nothing half done', () => {
  test.each(['PORT', 'MANAGEMENT_PORT', 'OPERATIONS_PORT', 'SAMPLE_PORT'])('%s is in use', async name => {
    const database = await freshDatabase();
    const environment = await freshEnvironment({ DATABASE_URL: database.url });
    const other = createServer();
    await new Promise<void>(resolve => other.listen(Number(environment[name]), '127.0.0.1', resolve));
    expect(await refusal(environment)).toBe(
      `Cannot listen on 127.0.0.1:${environment[name]}: another program is using it. Stop that program, or choose another port with ${name}.`,
    );
    other.close();
    // Nothing of it stands in the way of the next start, with what was half done or without.
    const next = runServer(environment);
    await next.ready();
    next.signal('SIGTERM');
    expect(await next.exit).toBe(0);
    await database.drop();
  });

  test('the database is away', async () => {
    const said = await refusal(
      await freshEnvironment({ DATABASE_URL: `postgresql://u:hidden@127.0.0.1:${await freePort()}/x` }),
    );
    expect(said.split('\n')).toHaveLength(1);
    expect(said).toContain('DATABASE_URL');
    expect(said).not.toContain('hidden');
  });

  test('Redis is away', async () => {
    const database = await freshDatabase();
    const said = await refusal(
      await freshEnvironment({
        DATABASE_URL: database.url,
        REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      }),
    );
    expect(said).toContain('REDIS_URL');
    expect(said.split('\n')).toHaveLength(1);
    await database.drop();
  });

  test('the data folder cannot be written to', async () => {
    const file = join(tempFolder(), 'a-file');
    writeFileSync(file, '');
    const said = await refusal(await freshEnvironment({ DATA_DIR: join(file, 'data') }));
    expect(said).toMatch(
      /^The data folder .* cannot be written to \(ENOTDIR\)\. Correct that, or choose another folder with DATA_DIR\.$/,
    );
  });

  test('a migration fails half way', async () => {
    const database = await emptyDatabase();
    await runSql(database.url, 'CREATE TABLE resource_server (mine text)');
    const said = await refusal(await freshEnvironment({ DATABASE_URL: database.url }));
    expect(said).toContain('resource_server');
    expect((await tables(database.url)).map(({ name }) => name).toSorted()).toEqual([
      '_prisma_migrations',
      'resource_server',
    ]);
    expect(await selectRows(database.url, 'SELECT * FROM _prisma_migrations')).toEqual([]);
    await database.drop();
  });

  test('the encryption keys are not those of the database', async () => {
    const database = await freshDatabase();
    const shared = { DATABASE_URL: database.url };
    const first = runServer(await freshEnvironment({ ...shared, ENCRYPTION_KEYS: makeEncryptionKey() }));
    await first.ready();
    first.signal('SIGTERM');
    await first.exit;
    const said = await refusal(await freshEnvironment({ ...shared, ENCRYPTION_KEYS: makeEncryptionKey() }));
    expect(said).toContain('ENCRYPTION_KEYS must contain the key that encrypted it.');
    await database.drop();
  });

  test('the file with the encryption keys was emptied', async () => {
    const environment = await freshEnvironment();
    mkdirSync(environment['DATA_DIR'] ?? '', { recursive: true });
    writeFileSync(join(environment['DATA_DIR'] ?? '', 'encryption-keys'), '');
    expect(await refusal(environment)).toMatch(
      /^The file .*encryption-keys is empty\. It must hold id:key pairs\.$/,
    );
  });

  test('demo.json was broken by hand', async () => {
    const environment = await freshEnvironment();
    const first = runServer(environment);
    await first.ready();
    first.signal('SIGTERM');
    await first.exit;
    writeFileSync(join(first.dataDir, 'demo.json'), '{');
    const second = runServer(environment);
    expect(await second.exit).toBe(1);
    expect(second.output().trim()).toMatch(
      /^The file .*demo\.json is not valid JSON\. Delete it, or run npm run reset\.$/,
    );
  }, 60_000);
});

describe('in production', () => {
  test('everything missing is listed at once, each with what to do', async () => {
    const said = await refusal(await freshEnvironment({ NODE_ENV: 'production' }));
    for (const name of ['ISSUER', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'SMTP_URL']) {
      expect(said).toMatch(new RegExp(`- ${name} is missing\\. Set it to: .{20,}`));
    }
  });

  test('so is everything wrong', async () => {
    const said = await refusal(
      await freshEnvironment({
        NODE_ENV: 'production',
        ISSUER: 'http://id.example.com',
        DATABASE_URL: 'mysql://x',
        ENCRYPTION_KEYS: 'short',
        SMTP_URL: 'smtp://mail.example.com',
        PORT: 'none',
      }),
    );
    expect(said).toContain('ISSUER must start with https:// in production.');
    expect(said).toContain('DATABASE_URL must look like postgresql://user:password@host:5432/database.');
    expect(said).toContain('ENCRYPTION_KEYS must be id:key pairs');
    expect(said).toContain('PORT must be a whole number from 0 to 65535.');
  });

  test('a database that is not up to date is left alone', async () => {
    const database = await emptyDatabase();
    const said = await refusal(
      await freshEnvironment({
        NODE_ENV: 'production',
        ISSUER: 'https://id.example.com',
        DATABASE_URL: database.url,
        ENCRYPTION_KEYS: makeEncryptionKey(),
        SMTP_URL: 'smtp://127.0.0.1:25',
      }),
    );
    expect(said).toContain('Run npm run migrate first');
    expect(await tables(database.url)).toEqual([]);
    await database.drop();
  });
});
