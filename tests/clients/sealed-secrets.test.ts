import { expect, test } from 'vitest';
import {
  addSelfRegistered,
  bindingOfClient,
  clientsRepository,
  resealClientSecrets,
} from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { freshDatabase } from '../support/services.ts';

const key = (id: string, byte: number) => ({ id, bytes: Buffer.alloc(32, byte) });
const [one, two] = [key('one', 1), key('two', 2)];

test('the secrets of clients are sealed again with the first encryption key, and stay the same', async () => {
  const server = await freshDatabase();
  const database = openDatabase({ url: server.url, poolSize: 2 });
  const registration = { metadata: { client_id: 'app' }, secret: 'a secret', initialAccessToken: undefined };
  await addSelfRegistered({ database, clock: systemClock, sealer: createSealer([one]) }, registration);

  expect(await resealClientSecrets({ database, sealer: createSealer([two, one]) })).toBe(1);
  expect(await resealClientSecrets({ database, sealer: createSealer([two]) })).toBe(0);
  const { sealedSecret = '' } = (await clientsRepository(database).find('app')) ?? {};
  expect(await createSealer([two]).open(sealedSecret, bindingOfClient('app'))).toBe('a secret');
  // It opens for no other client.
  await expect(createSealer([two]).open(sealedSecret, bindingOfClient('other'))).rejects.toThrow('moved');
  await database.close();
  await server.drop();
});
