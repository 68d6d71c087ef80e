import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log/index.ts';
import { createReadiness } from '../../src/operations/readiness.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { type PostgresServer, startPostgres, until } from '../support/services.ts';
import { startOperations, type TestOperations } from './start-operations.ts';

async function readyz(operations: TestOperations): Promise<{ status: number; body: unknown }> {
  const response = await operations.get('/readyz');
  expect(response.headers.get('Content-Type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  return { status: response.status, body: await response.json() };
}

const ready = { status: 200, body: { status: 'ready', checks: { database: 'ok', artifacts: 'ok' } } };

describe('PostgreSQL goes away and comes back', () => {
  let server: PostgresServer;
  let database: Database;
  let operations: TestOperations;
  beforeAll(async () => {
    server = await startPostgres();
    database = openDatabase({ url: server.url, poolSize: 2 });
    operations = await startOperations({ database: () => database.ping(), artifacts: async () => {} });
  });
  afterAll(async () => {
    await operations.close();
    await database.close();
    await server.stop();
  });

  test('this process is not ready, says why, stays alive, and is ready again without a restart', async () => {
    expect(await readyz(operations)).toEqual(ready);

    await server.stop();
    const away = {
      status: 503,
      body: { status: 'not_ready', checks: { database: 'failed', artifacts: 'ok' } },
    };
    for (let probe = 0; probe < 3; probe += 1) expect(await readyz(operations)).toEqual(away);
    expect((await operations.get('/livez')).status).toBe(200);

    await server.restart();
    await until('it is ready again', async () => (await readyz(operations)).status === 200);
    expect(await readyz(operations)).toEqual(ready);

    // Probes come every few seconds; the log tells when something changed.
    expect(operations.logged('check.failed')).toMatchObject([{ level: 'error', check: 'database' }]);
    expect(operations.logged('check.recovered')).toMatchObject([{ level: 'info', check: 'database' }]);

    await server.stop();
    expect(await readyz(operations)).toEqual(away);
    expect(operations.logged('check.failed')).toHaveLength(2);
  });
});

describe('a part that does not answer at all', () => {
  test('counts as failed after two seconds, however many ask, and is asked once', async () => {
    let asked = 0;
    const operations = await startOperations({
      database: async () => {},
      artifacts: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => readyz(operations)));
    const seconds = (performance.now() - startedAt) / 1000;
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(body).toEqual({ status: 'not_ready', checks: { database: 'ok', artifacts: 'failed' } });
    }
    expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(3.5);
    expect(asked).toBe(1);
    expect(operations.logged('check.failed')).toMatchObject([
      { check: 'artifacts', err: { message: 'no answer within 2 seconds' } },
    ]);
    await operations.close();
  });

  test('leaves no timer behind when it does answer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    const log = createLogger({ level: 'silent' });
    const readiness = createReadiness({
      log,
      checks: {
        prompt: async () => {},
        failing: () => Promise.reject(new Error('no')),
        throwing() {
          throw new Error('at once');
        },
      },
    });
    const before = timers();
    expect(await readiness()).toEqual({
      isReady: false,
      checks: { prompt: 'ok', failing: 'failed', throwing: 'failed' },
    });
    expect(timers()).toBe(before);
  });
});

test('while it drains it is alive and not ready, and nothing is asked of the database', async () => {
  let asked = 0;
  const check = async () => {
    asked += 1;
  };
  const operations = await startOperations({ database: check, artifacts: check });
  expect(await readyz(operations)).toEqual(ready);
  expect(asked).toBe(2);
  operations.setDraining(true);
  expect(await readyz(operations)).toEqual({ status: 503, body: { status: 'draining' } });
  expect((await operations.get('/livez')).status).toBe(200);
  expect(asked).toBe(2);
  await operations.close();
});
