import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/kernel/index.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { freePort, freshDatabase, type PostgresServer, startPostgres, until } from '../support/services.ts';

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
}

function expectUnavailable(error: unknown): void {
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'unavailable', status: 503, detail: 'database', retryAfterSeconds: 2 });
}

/** Every way in which our code speaks to the database. */
const ways: Record<string, (database: Database) => Promise<unknown>> = {
  ping: database => database.ping(),
  'a plain statement': ({ pool }) => pool.query({ text: 'SELECT 1' }),
  'a Prisma query': ({ prisma }) => prisma.account.count(),
  'a raw Prisma query': ({ prisma }) => prisma.$queryRaw`SELECT 1`,
  'a batch': ({ prisma }) => prisma.$transaction([prisma.account.count(), prisma.client.count()]),
  'a transaction': ({ prisma }) => prisma.$transaction(transaction => transaction.account.count()),
};

describe('PostgreSQL goes away and comes back', () => {
  let server: PostgresServer;
  let database: Database;
  beforeAll(async () => {
    server = await startPostgres();
    database = openDatabase({ url: server.url, poolSize: 3 });
    for (const ask of Object.values(ways)) await ask(database);
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  test('while it is away, everything is 503; afterwards everything works, without a restart', async () => {
    await server.stop();
    for (const ask of Object.values(ways)) expectUnavailable(await failure(ask(database)));
    await server.restart();
    await until('the database answers again', () =>
      database.ping().then(
        () => true,
        () => false,
      ),
    );
    for (const ask of Object.values(ways)) await ask(database);
  });

  test('a transaction that loses its connection is 503, and leaves nothing behind', async () => {
    const id = crypto.randomUUID();
    const work = database.prisma.$transaction(async transaction => {
      const now = new Date();
      await transaction.account.create({
        data: { id, email: 'a@example.com', emailKey: 'a@example.com', createdAt: now, updatedAt: now },
      });
      await server.restart();
      await transaction.account.count();
    });
    expectUnavailable(await failure(work));
    expect(await database.prisma.account.count({ where: { id } })).toBe(0);
  });
});

test('an address where nobody listens is 503 for everything', async () => {
  const database = openDatabase({ url: `postgresql://a:b@127.0.0.1:${await freePort()}/c`, poolSize: 2 });
  for (const ask of Object.values(ways)) expectUnavailable(await failure(ask(database)));
  await database.close();
});

describe('PostgreSQL is there', () => {
  test('a pool without a free connection is 503 within two seconds', async () => {
    const { url, drop } = await freshDatabase();
    const database = openDatabase({ url, poolSize: 1 });
    const slow = database.pool.query({ text: 'SELECT pg_sleep(3)' });
    const from = performance.now();
    expectUnavailable(await failure(database.pool.query({ text: 'SELECT 1' })));
    expect(performance.now() - from).toBeLessThan(2_900);
    await slow;
    await database.close();
    await drop();
  });

  test('a statement that takes too long is ended, and is 503', async () => {
    const { url, drop } = await freshDatabase();
    const database = openDatabase({ url, poolSize: 1 });
    expectUnavailable(await failure(database.pool.query({ text: 'SELECT pg_sleep(20)' })));
    await database.ping();
    await database.close();
    await drop();
  });

  test('characters that it cannot keep are the mistake of the request that brings them', async () => {
    const { url, drop } = await freshDatabase();
    const database = openDatabase({ url, poolSize: 1 });
    const find = (id: string) =>
      database.pool.query({ text: 'SELECT id FROM client WHERE id = $1', values: [id] });
    const add = (client_name: string) => {
      const now = new Date();
      const metadata = { client_name };
      return database.prisma.client.create({ data: { id: 'app', metadata, createdAt: now, updatedAt: now } });
    };
    for (const attempt of [find('a\0b'), add('a\0b'), add('a\ud800b'), add('a\udc00b')]) {
      expect(await failure(attempt)).toMatchObject({ code: 'invalid_request', status: 400 });
    }
    await add('\u202e👩‍👩‍👧');
    expect((await find('app')).rows).toEqual([{ id: 'app' }]);
    await database.close();
    await drop();
  });

  test('mistakes stay mistakes', async () => {
    const { url, drop } = await freshDatabase();
    const database = openDatabase({ url, poolSize: 2, applicationName: 'gatehouse-test' });
    expect(await failure(database.pool.query({ text: 'SELECT nonsense' }))).toMatchObject({ code: '42703' });
    expect(await failure(database.prisma.$queryRaw`SELECT nonsense`)).not.toBeInstanceOf(AppError);
    const { rows } = await database.pool.query<{ application_name: string }>({
      text: 'SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()',
    });
    expect(rows).toEqual([{ application_name: 'gatehouse-test' }]);
    await database.close();
    await drop();
  });
});
