import { afterAll, beforeAll, expect, test } from 'vitest';
import { resourceServersRepository, saveResourceServer } from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { managementResource, managementResourceServer } from '../../src/management-api/index.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, type TestDatabase } from '../support/services.ts';

let place: TestDatabase;
let database: Database;
beforeAll(async () => {
  place = await freshDatabase();
  database = openDatabase({ url: place.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await place.drop();
});

test('the API can be saved as a resource server, again and again', async () => {
  const server = managementResourceServer('https://id.lantern.example');
  expect(server).toMatchObject({
    identifier: 'https://id.lantern.example/api',
    accessTokenFormat: 'jwt',
    accessTokenSigningAlg: 'ES256',
    accessTokenLifetimeSeconds: 600,
  });
  expect(server.scopes).toHaveLength(18);
  const save = () =>
    database.prisma.$transaction(transaction =>
      saveResourceServer({ transaction, clock: systemClock }, server),
    );
  await save();
  await save();
  const saved = resourceServersRepository(database);
  expect(await saved.find(managementResource('https://id.lantern.example'))).toEqual(server);
});
