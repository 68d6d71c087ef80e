import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import { type ArtifactStore, type Change, createRedisArtifactStore } from '../../src/store/index.ts';
import { type RedisServer, startRedis, until } from '../support/services.ts';
import { type Driver, drivers } from './driver.ts';

const put = (model: string, id: string): Change => ({
  kind: 'put',
  model,
  id,
  payload: {},
  expiresInSeconds: 1000,
});
const consume = (id: string): Change => ({ kind: 'consume', model: 'AuthorizationCode', id, at: 5 });

/** Whoever waits longer than this for a store that is away holds a person or another service. */
const patienceMs = 3_000;

const away = { name: 'AppError', code: 'unavailable', status: 503, retryAfterSeconds: 2 };

function callsOn(store: ArtifactStore, id: string): Record<string, () => Promise<unknown>> {
  return {
    find: () => store.find('AuthorizationCode', id),
    findByLookup: () => store.findByLookup('Session', id),
    commit: () => store.commit([put('AccessToken', id)]),
    ping: () => store.ping(),
  };
}

async function expectAway(what: string, call: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await expect(call(), what).rejects.toMatchObject(away);
  expect(performance.now() - startedAt, what).toBeLessThan(patienceMs);
}

const answers = (store: ArtifactStore) => () =>
  store.ping().then(
    () => true,
    () => false,
  );

describe.each(['postgres', 'redis'] as const)('while the server is away, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(systemClock);
  });
  afterAll(() => driver.close());

  test('eighty calls at once all say so, none hangs, none happened, and the same store works again', async () => {
    const id = newSecret();
    await store.commit([put('AuthorizationCode', id)]);
    await driver.stop();
    const twenty = Array.from({ length: 20 }, () => Object.entries(callsOn(store, id))).flat();
    await Promise.all(twenty.map(([what, call]) => expectAway(what, call)));

    await driver.restart();
    await until('the store answers', answers(store));
    expect(await store.find('AccessToken', id)).toBeUndefined();
    expect(await store.find('AuthorizationCode', id)).toMatchObject({ consumedAt: undefined });
    // The first commit after a restart finds no script at the server, and is still one step.
    expect(await store.commit([consume(id), put('AccessToken', id)])).toBeUndefined();
    expect(await store.commit([consume(id)])).toMatchObject({ reason: 'consumed' });
  });
});

describe('Redis', () => {
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  test('that is connected and silent is away as well; what was asked of it happens whole or not at all', async () => {
    const store = await createRedisArtifactStore({ url: server.url, clock: systemClock });
    const ids = Array.from({ length: 10 }, () => newSecret());
    await store.commit(ids.map(id => put('AuthorizationCode', id)));
    server.pause();
    try {
      const redeem = ids.map(id => () => store.commit([consume(id), put('AccessToken', id)]));
      const calls = [...Object.values(callsOn(store, newSecret())), ...redeem];
      await Promise.all(calls.map((call, index) => expectAway(`call ${index}`, call)));
    } finally {
      server.resume();
    }
    await until('the store answers', answers(store));
    for (const id of ids) {
      const code = await store.find('AuthorizationCode', id);
      const token = await store.find('AccessToken', id);
      expect(code?.consumedAt !== undefined).toBe(token !== undefined);
      // Whoever asks again learns which of the two it was, and cannot get a second token.
      const conflict = await store.commit([consume(id), put('AccessToken', newSecret())]);
      expect(conflict?.reason).toBe(token === undefined ? undefined : 'consumed');
    }
    await store.close();
  });

  test('that is not there yet is found when it comes', async () => {
    const late = await startRedis();
    await late.stop();
    const early = await createRedisArtifactStore({ url: late.url, clock: systemClock });
    await expectAway('ping', () => early.ping());
    await late.restart();
    await until('the store answers', answers(early));
    expect(await early.commit([put('AccessToken', 'first')])).toBeUndefined();
    await early.close();
    await late.stop();
  });

  test('that answers with an error is away, and not taken for an empty one', async () => {
    const full = await startRedis('--maxmemory', '1', '--maxmemory-policy', 'noeviction');
    const store = await createRedisArtifactStore({ url: full.url, clock: systemClock });
    await expectAway('commit', () => store.commit([put('AccessToken', 'a')]));
    // Positive control: what does not need memory works.
    await store.ping();
    await store.close();
    await full.stop();
  });
});
