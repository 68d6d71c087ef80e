import { expect, test } from 'vitest';
import { freshDatabase, selectRows, startPostgres, startRedis } from '../support/services.ts';

test('every test file gets a migrated database of its own', async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
  expect(one.url).not.toBe(other.url);
  expect(await selectRows(one.url, 'SELECT count(*)::int AS n FROM account')).toEqual([{ n: 0 }]);
  await Promise.all([one.drop(), other.drop()]);
  await expect(selectRows(one.url, 'SELECT 1')).rejects.toThrow('does not exist');
});

test('a PostgreSQL of its own comes back on the same port', async () => {
  const server = await startPostgres();
  await server.stop();
  await expect(selectRows(server.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
  await server.restart();
  expect(await selectRows(server.url, 'SELECT count(*)::int AS n FROM account')).toEqual([{ n: 0 }]);
  await server.stop();
});

test('a Redis of its own comes back on the same port', async () => {
  const server = await startRedis();
  await server.kill();
  await server.restart();
  await server.stop();
});
