import type { Adapter } from 'oidc-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, newSecret, systemClock } from '../../src/kernel/index.ts';
import { createArtifactAdapter } from '../../src/oidc/artifact-adapter.ts';
import { type ArtifactStore, runInUnitOfWork } from '../../src/store/index.ts';
import { type Driver, drivers } from './driver.ts';

const daySeconds = 24 * 60 * 60;
const days = daySeconds * 1000;

describe.each(['postgres', 'redis'] as const)('the provider, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;
  let adapterOf: (model: string) => Adapter;
  let timeMs = systemClock.now();
  const clock: Clock = { now: () => timeMs };
  let grantId: string;

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(clock);
    const others = { Client: { find: (id: string) => Promise.resolve({ client_id: id }) } };
    adapterOf = createArtifactAdapter({ store, clock, grantLifetime: 105 * daySeconds, others });
  });
  afterAll(() => driver.close());
  beforeEach(async () => {
    timeMs = systemClock.now();
    grantId = newSecret();
    await adapterOf('Grant').upsert(grantId, { jti: grantId, accountId: 'ada' }, 1000);
  });

  async function saved(model: string, payload: Record<string, unknown> = {}): Promise<string> {
    const id = newSecret();
    await adapterOf(model).upsert(id, { jti: id, grantId, ...payload }, 100);
    return id;
  }

  test('gets back what it saved, and learns to the second when it was used', async () => {
    const id = await saved('AuthorizationCode', { scope: 'openid', claims: { rejected: [] } });
    const codes = adapterOf('AuthorizationCode');
    expect(await codes.find(id)).toEqual({ jti: id, grantId, scope: 'openid', claims: { rejected: [] } });
    timeMs = 1_900_000_000_999;
    await codes.upsert(id, { jti: id }, 100);
    await codes.consume(id);
    expect(await codes.find(id)).toEqual({ jti: id, consumed: 1_900_000_000 });
    await expect(codes.consume(id)).rejects.toMatchObject({ reason: 'consumed', model: 'AuthorizationCode' });
  });

  test.each([
    ['revokes a grant', (id: string) => adapterOf('AccessToken').revokeByGrantId(id)],
    ['destroys a grant', (id: string) => adapterOf('Grant').destroy(id)],
  ])(
    '%s: every token of it is gone, and the interaction that asks for a new one is not',
    async (_how, end) => {
      const models = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];
      const ids = await Promise.all(models.map(model => saved(model)));
      const interaction = await saved('Interaction', { prompt: { name: 'consent' } });
      const unrelated = await saved('AccessToken', { grantId: undefined });
      await end(grantId);
      for (const [index, model] of models.entries()) {
        expect(await adapterOf(model).find(ids[index] ?? ''), model).toBeUndefined();
      }
      expect(await adapterOf('Grant').find(grantId)).toBeUndefined();
      expect(await adapterOf('Interaction').find(interaction)).toMatchObject({ prompt: { name: 'consent' } });
      expect(await adapterOf('AccessToken').find(unrelated)).toBeDefined();
      await expect(saved('AccessToken')).rejects.toMatchObject({ reason: 'revoked' });
    },
  );

  test('saves a grant for no time in particular for as long as it is told', async () => {
    const id = newSecret();
    await adapterOf('Grant').upsert(id, { jti: id }, undefined);
    timeMs += 104 * days;
    expect(await adapterOf('Grant').find(id)).toBeDefined();
    timeMs += 2 * days;
    expect(await adapterOf('Grant').find(id)).toBeUndefined();
  });

  test('does not find a token whose grant has expired', async () => {
    await adapterOf('Grant').upsert(grantId, { jti: grantId }, 10);
    const id = await saved('AccessToken');
    expect(await adapterOf('AccessToken').find(id)).toBeDefined();
    timeMs += 50_000;
    expect(await adapterOf('AccessToken').find(id)).toBeUndefined();
    // It has not expired itself: a grant that is still good carries such a token for as long.
    const free = await saved('AccessToken', { grantId: undefined });
    timeMs += 50_000;
    expect(await adapterOf('AccessToken').find(free)).toBeDefined();
  });

  test('finishes an interaction once, and may destroy anything else twice', async () => {
    const interaction = await saved('Interaction');
    const token = await saved('AccessToken');
    await adapterOf('Interaction').destroy(interaction);
    await expect(adapterOf('Interaction').destroy(interaction)).rejects.toMatchObject({ reason: 'consumed' });
    await adapterOf('AccessToken').destroy(token);
    await adapterOf('AccessToken').destroy(token);
    expect(await adapterOf('AccessToken').find(token)).toBeUndefined();
  });

  test('finds within a request what the request saved, and nobody else does until it is done', async () => {
    const id = newSecret();
    const codes = adapterOf('DeviceCode');
    const before = await driver.size();
    await runInUnitOfWork(store, async () => {
      await codes.upsert(id, { jti: id, userCode: 'ABCD' }, 100);
      expect(await codes.find(id)).toMatchObject({ jti: id });
      expect(await codes.findByUserCode('ABCD')).toMatchObject({ userCode: 'ABCD' });
      expect(await driver.size()).toBe(before);
      await codes.upsert(id, { jti: id, userCode: 'ABCD', accountId: 'ada' }, 100);
    });
    expect(await codes.findByUserCode('ABCD')).toMatchObject({ accountId: 'ada' });
    expect(await codes.findByUserCode('ABCE')).toBeUndefined();
  });

  test('approves a device by its user code: the device finds it by its own code', async () => {
    const id = await saved('DeviceCode', { userCode: 'WXYZ' });
    const codes = adapterOf('DeviceCode');
    const shown = await codes.findByUserCode('WXYZ');
    await codes.upsert(String(shown?.jti), { ...shown, accountId: 'ada' }, 100);
    expect(await codes.find(id)).toMatchObject({ jti: id, accountId: 'ada' });
    expect(await codes.findByUserCode('WXYZ')).toMatchObject({ accountId: 'ada' });
  });

  test('reads a client, and cannot change one here by any of its ways', async () => {
    const clients = adapterOf('Client');
    expect(await clients.find('web')).toEqual({ client_id: 'web' });
    const ways = [
      () => clients.upsert('web', {}, 1),
      () => clients.destroy('web'),
      () => clients.consume('web'),
      () => clients.revokeByGrantId('web'),
      () => clients.findByUid('web'),
      () => clients.findByUserCode('web'),
    ];
    for (const way of ways) await expect(way()).rejects.toThrow('the provider does not do that');
  });

  // Last: it takes the server away.
  test('is told to come back while the store is away, and takes nothing for absent or for new', async () => {
    await driver.stop();
    const ways = [
      () => adapterOf('Session').find('id'),
      () => adapterOf('Session').findByUid('uid'),
      () => adapterOf('DeviceCode').findByUserCode('ABCD'),
      () => adapterOf('ReplayDetection').upsert('id', { jti: 'id' }, 100),
      () => adapterOf('AuthorizationCode').consume('id'),
      () => adapterOf('Grant').destroy('id'),
    ];
    for (const way of ways) {
      await expect(way()).rejects.toMatchObject({
        error: 'temporarily_unavailable',
        status: 503,
        statusCode: 503,
      });
    }
  });
});
