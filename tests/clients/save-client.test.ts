import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClientMetadata, ProfileContradiction, saveClient } from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, selectRows, type TestDatabase } from '../support/services.ts';

const sealer = createSealer([{ id: 'one', bytes: Buffer.alloc(32, 1) }]);

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

const save = (metadata: Omit<ClientMetadata, 'client_id'>, secret?: string) =>
  database.prisma.$transaction(transaction =>
    saveClient(
      { transaction, clock: systemClock, sealer },
      { metadata: { client_id: 'app', ...metadata }, secret },
    ),
  );
const saved = async () => (await selectRows(place.url, 'SELECT id FROM client')).length;

test('administrators do not take a public client out of the code flow either', async () => {
  for (const flows of [
    { response_types: ['id_token'] },
    { response_types: ['code', 'code token'] },
    { response_types: ['code'], grant_types: ['authorization_code', 'implicit'] },
  ]) {
    await expect(save({ token_endpoint_auth_method: 'none', ...flows })).rejects.toThrow(
      /may only have the code flow, with PKCE, for a client that does not authenticate/,
    );
  }
  const flows = { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] };
  expect(await saved()).toBe(0);
  await save({ token_endpoint_auth_method: 'client_secret_basic', ...flows }, 'a secret');
  expect(await saved()).toBe(1);
});

test('what contradicts its profile is not saved, with a secret or without', async () => {
  const public_ = { profile: 'fapi2-security', token_endpoint_auth_method: 'none' };
  await expect(save(public_)).rejects.toThrow(ProfileContradiction);
});
