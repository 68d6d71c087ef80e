import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, newSecret, systemClock } from '../../src/kernel/index.ts';
import { type ArtifactStore, type Change, createRedisArtifactStore } from '../../src/store/index.ts';
import { type RedisServer, startRedis, until } from '../support/services.ts';
import { type Driver, drivers } from './driver.ts';

const toleranceSeconds = 15;
const daySeconds = 24 * 60 * 60;

const put = (model: string, id: string, more: Partial<Extract<Change, { kind: 'put' }>> = {}): Change => ({
  kind: 'put',
  model,
  id,
  payload: {},
  expiresInSeconds: 100,
  ...more,
});
const destroy = (model: string, id: string): Change => ({ kind: 'destroy', model, id });
const batch = (size: number) => Array.from({ length: size }, () => newSecret());

describe.each(['postgres', 'redis'] as const)('what is over leaves no trace, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;
  let timeMs = systemClock.now();
  const clock: Clock = { now: () => timeMs };

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(clock);
  });
  afterAll(() => driver.close());

  test('a thousand sessions are signed in and out again', async () => {
    const before = await driver.size();
    for (let round = 0; round < 20; round += 1) {
      const ids = batch(50);
      await store.commit(ids.map(id => put('Session', id, { lookup: `uid-${id}` })));
      // Saved again under the same uid, as every sign-in to another app does.
      await store.commit(ids.map(id => put('Session', id, { lookup: `uid-${id}` })));
      await store.commit(ids.map(id => destroy('Session', id)));
    }
    expect(await driver.size()).toBe(before);
  });

  test('a session that moves to another identifier stays findable by its uid, and leaves one record', async () => {
    const before = await driver.size();
    const [first, second, uid] = [newSecret(), newSecret(), newSecret()];
    await store.commit([put('Session', first, { lookup: uid })]);
    const one = await driver.size();
    await store.commit([destroy('Session', first), put('Session', second, { lookup: uid })]);
    expect(await driver.size()).toBe(one);
    expect((await store.findByLookup('Session', uid))?.id).toBe(second);
    await store.commit([destroy('Session', first)]);
    expect((await store.findByLookup('Session', uid))?.id).toBe(second);
    await store.commit([destroy('Session', second)]);
    expect(await store.findByLookup('Session', uid)).toBeUndefined();
    expect(await driver.size()).toBe(before);
  });

  test('a thousand codes are issued, half of them used, and all expire', async () => {
    const before = await driver.size();
    for (let round = 0; round < 20; round += 1) {
      const ids = batch(50);
      // One second is left of the tolerance, so that Redis, which counts by its own clock, gets there within the test.
      const issued = ids.map(id =>
        put('AuthorizationCode', id, { expiresInSeconds: 1 - toleranceSeconds, lookup: `l-${id}` }),
      );
      await store.commit(issued);
      const used = ids.slice(25);
      await store.commit(used.map(id => ({ kind: 'consume', model: 'AuthorizationCode', id, at: timeMs })));
    }
    timeMs += 1_000;
    await until('all is gone', async () => {
      await store.reapExpired(300);
      return (await driver.size()) === before;
    });
  });

  test('a grant is over before the token that hangs on it: the token is not found any more', async () => {
    const [grantId, token] = [newSecret(), newSecret()];
    await store.commit([
      put('Grant', grantId, { expiresInSeconds: 1 - toleranceSeconds }),
      put('AccessToken', token, { grantId }),
    ]);
    expect(await store.find('AccessToken', token)).toBeDefined();
    if (name === 'postgres') timeMs += 1_000;
    // In Redis the grant's key goes by itself, while by our clock, which stands still, it is still good.
    await until('the token is not found', async () => {
      await store.reapExpired(100);
      return (await store.find('AccessToken', token)) === undefined;
    });
    expect(await store.commit([put('AccessToken', newSecret(), { grantId })])).toMatchObject({
      reason: 'revoked',
    });
    await store.commit([destroy('AccessToken', token)]);
  });

  test('the reaper takes as many as it is told, and nothing that somebody may still ask for', async () => {
    if (name === 'redis') {
      expect(await store.reapExpired(100)).toBe(0);
      return;
    }
    const ids = batch(30);
    const [living, used, revoked] = [newSecret(), newSecret(), newSecret()];
    await store.commit([
      ...ids.map(id => put('AccessToken', id, { expiresInSeconds: 1 })),
      put('AccessToken', living),
      put('AuthorizationCode', used),
      { kind: 'revoke-grant', id: revoked },
    ]);
    await store.commit([{ kind: 'consume', model: 'AuthorizationCode', id: used, at: timeMs }]);
    expect(await store.reapExpired(100)).toBe(0);
    timeMs += (1 + toleranceSeconds) * 1000;
    expect(await store.reapExpired(10)).toBe(10);
    expect(await store.reapExpired(100)).toBe(20);
    expect(await store.find('AccessToken', living)).toBeDefined();
    expect((await store.find('AuthorizationCode', used))?.consumedAt).toBeDefined();
    timeMs += (daySeconds - 60) * 1000;
    await store.reapExpired(100);
    expect(await store.commit([put('Grant', revoked)])).toEqual({ reason: 'revoked', index: 0 });
    timeMs += 60_000;
    // PostgreSQL answers the refused put before it lets its lock on the grant go, and a reaper passes by what is locked.
    await until('the tombstone is gone', async () => (await store.reapExpired(100)) === 1);
  });
});

describe('no key in Redis', () => {
  let server: RedisServer;
  let raw: Redis;
  let store: ArtifactStore;

  beforeAll(async () => {
    server = await startRedis();
    raw = new Redis(server.url);
    store = await createRedisArtifactStore({ url: server.url, clock: systemClock });
  });
  afterAll(async () => {
    await store.close();
    raw.disconnect();
    await server.stop();
  });

  /** Asserts that each of the keys with this in its name lives as long as told, within the seconds a test takes. */
  async function expectSeconds(part: string, seconds: number, keys: number): Promise<void> {
    const found = await raw.keys(`*${part}*`);
    expect(found).toHaveLength(keys);
    for (const key of found) {
      const left = await raw.pttl(key);
      expect(left, key).toBeLessThanOrEqual(seconds * 1000);
      expect(left, key).toBeGreaterThan((seconds - 5) * 1000);
    }
  }

  test('outlives its artifact by more than the tolerance, whatever becomes of it', async () => {
    const grant = 60 * daySeconds;
    await store.commit([
      put('Grant', 'grant', { expiresInSeconds: grant }),
      put('Grant', 'short', { expiresInSeconds: 50 }),
      put('Session', 'session', { expiresInSeconds: 500, lookup: 'session-uid' }),
      put('RefreshToken', 'token', { expiresInSeconds: 300, grantId: 'grant' }),
    ]);
    await expectSeconds('Grant:grant', grant + toleranceSeconds, 1);
    await expectSeconds('Grant:short', 50 + toleranceSeconds, 1);
    await expectSeconds('session', 500 + toleranceSeconds, 2);
    await expectSeconds('token', 300 + toleranceSeconds, 1);

    // Using it changes nothing of how long it lives.
    await store.commit([{ kind: 'consume', model: 'RefreshToken', id: 'token', at: 5 }]);
    await expectSeconds('token', 300 + toleranceSeconds, 1);
    // Saving it for a shorter time counts for its second key too.
    await store.commit([put('Session', 'session', { expiresInSeconds: 200, lookup: 'session-uid' })]);
    await expectSeconds('session', 200 + toleranceSeconds, 2);
    // A tombstone stays as long as the grant would have, and a day at least.
    await store.commit([
      { kind: 'revoke-grant', id: 'grant' },
      { kind: 'revoke-grant', id: 'short' },
      { kind: 'revoke-grant', id: 'unheard-of' },
    ]);
    await expectSeconds('Grant:grant', grant + toleranceSeconds, 1);
    await expectSeconds('Grant:short', daySeconds, 1);
    await expectSeconds('Grant:unheard-of', daySeconds, 1);
    expect(await raw.dbsize()).toBe(6);
  });
});
