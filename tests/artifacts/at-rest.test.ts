import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import { createArtifactAdapter } from '../../src/oidc/artifact-adapter.ts';
import { createRedisArtifactStore } from '../../src/store/index.ts';
import { type RedisServer, startRedis } from '../support/services.ts';
import { type Driver, drivers } from './driver.ts';

describe.each(['postgres', 'redis'] as const)('whoever reads the store, %s driver', name => {
  let driver: Driver;
  let adapterOf: ReturnType<typeof createArtifactAdapter>;

  beforeAll(async () => {
    driver = await drivers[name]();
    adapterOf = createArtifactAdapter({
      store: await driver.open(systemClock),
      clock: systemClock,
      grantLifetime: 100,
      others: { Client: { find: () => Promise.resolve(undefined) } },
    });
  });
  afterAll(() => driver.close());

  test.each([
    ['AuthorizationCode', {}],
    ['RefreshToken', {}],
    ['AccessToken', {}],
    ['Session', {}],
    ['Interaction', { session: { uid: 'u', cookie: newSecret() }, deviceCode: newSecret() }],
    ['DeviceCode', { userCode: newSecret(8) }],
    ['PushedAuthorizationRequest', {}],
  ])('finds no usable %s: neither its identifier nor what else opens it', async (model, secrets) => {
    const id = newSecret();
    const grantId = newSecret();
    await adapterOf('Grant').upsert(grantId, { jti: grantId }, 100);
    const adapter = adapterOf(model);
    await adapter.upsert(id, { jti: id, grantId, ...secrets }, 100);
    const stored = await driver.dump();
    const flat = [
      id,
      ...Object.values(secrets).flatMap(value => (typeof value === 'object' ? [value.cookie] : [value])),
    ];
    for (const secret of flat) expect(stored).not.toContain(secret);
    // Positive control: whoever has it finds it.
    expect(await adapter.find(id)).toMatchObject({ jti: id });
    expect(await adapter.find(newSecret())).toBeUndefined();
  });

  test('what is found by a second key can be worked with, but not taken away as an identifier', async () => {
    const id = newSecret();
    const sessions = adapterOf('Session');
    await sessions.upsert(id, { jti: id, uid: `uid-${id}`, accountId: 'ada' }, 100);
    const found = await sessions.findByUid(`uid-${id}`);
    expect(found).toMatchObject({ accountId: 'ada' });
    const handle = String(found?.jti);
    expect(await sessions.find(handle)).toMatchObject({ accountId: 'ada' });
    // The handle is good in this process only; the stored hash itself opens nothing.
    expect(await sessions.find(handle.split('~')[1] ?? '')).toBeUndefined();
    expect(await sessions.findByUid('nobody')).toBeUndefined();
    await sessions.destroy(id);
    expect(await sessions.find(id)).toBeUndefined();
    expect(await adapterOf('DeviceCode').findByUserCode('nothing')).toBeUndefined();
  });

  test('replay detection says invalid_grant to the second', async () => {
    const id = newSecret();
    await adapterOf('ReplayDetection').upsert(id, { jti: id }, 100);
    await expect(adapterOf('ReplayDetection').upsert(id, { jti: id }, 100)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('clients are read from elsewhere and never written here', async () => {
    const clients = adapterOf('Client');
    await expect(clients.upsert('a', {}, 1)).rejects.toThrow('the provider does not do that');
    expect(await clients.find('a')).toBeUndefined();
  });
});

describe('in Redis', () => {
  let server: RedisServer;
  let raw: Redis;

  beforeAll(async () => {
    server = await startRedis();
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw.disconnect();
    await server.stop();
  });

  const count = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    await raw.config('RESETSTAT');
    await work();
    const stats = await raw.info('commandstats');
    const all = [...stats.matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(
      ([, name = '', calls]) => [name, Number(calls)] as const,
    );
    return Object.fromEntries(all.filter(([command]) => command.startsWith('eval')));
  };

  test('one operation is one round trip, every key has a time to live, and all keys share a slot', async () => {
    const store = await createRedisArtifactStore({ url: server.url, clock: systemClock });
    const grantId = newSecret();
    const change = (id: string) => ({
      kind: 'put' as const,
      model: 'RefreshToken',
      id,
      payload: {},
      expiresInSeconds: 100,
      grantId,
      lookup: id,
    });
    await store.commit([
      { kind: 'put', model: 'Grant', id: grantId, payload: {}, expiresInSeconds: 1000 },
      change('warm'),
    ]);
    await store.find('RefreshToken', 'warm');

    expect(await count(() => store.find('RefreshToken', 'warm'))).toEqual({ evalsha: 1 });
    expect(
      await count(() =>
        store.commit([
          { kind: 'consume', model: 'RefreshToken', id: 'warm', at: 1 },
          change('next'),
          change('more'),
        ]),
      ),
    ).toEqual({ evalsha: 1 });
    const keys = await raw.keys('*');
    expect(keys.length).toBeGreaterThan(5);
    const slots = new Set<unknown>();
    for (const key of keys) {
      const ttl = await raw.ttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(1015);
      slots.add(/\{.*?\}/.exec(key)?.[0]);
    }
    expect([...slots]).toEqual(['{gatehouse}']);
    await store.close();
  });

  test('a thousand records come and go without a trace', async () => {
    const store = await createRedisArtifactStore({
      url: server.url,
      clock: systemClock,
      keyPrefix: '{other}:',
    });
    const before = await raw.dbsize();
    for (let batch = 0; batch < 20; batch += 1) {
      const ids = Array.from({ length: 50 }, () => newSecret());
      await store.commit(
        ids.map(id => ({
          kind: 'put',
          model: 'Session',
          id,
          payload: {},
          expiresInSeconds: 100,
          lookup: `u${id}`,
        })),
      );
      await store.commit(ids.map(id => ({ kind: 'destroy', model: 'Session', id })));
    }
    expect(await raw.dbsize()).toBe(before);
    await store.close();
  });

  test.each([
    ['a sentinel', (port: number) => `redis+sentinel://:secret@127.0.0.1:${port}/primary`],
    ['a cluster', (port: number) => `redis+cluster://user:secret@127.0.0.1:${port},127.0.0.1`],
  ])('%s that is none is said to be away, without hanging', async (_what, url) => {
    const store = await createRedisArtifactStore({ url: url(server.port), clock: systemClock });
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await store.close();
  });
});
