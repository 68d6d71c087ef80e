import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import type { ArtifactStore, Change, Conflict } from '../../src/store/index.ts';
import { type Driver, drivers } from './driver.ts';

const put = (model: string, id: string, more: Partial<Extract<Change, { kind: 'put' }>> = {}): Change => ({
  kind: 'put',
  model,
  id,
  payload: { is: 'new' },
  expiresInSeconds: 100,
  ...more,
});
const consume = (id: string): Change => ({ kind: 'consume', model: 'AuthorizationCode', id, at: 5 });
const take = (id: string): Change => ({ kind: 'destroy', model: 'Interaction', id, onlyIfPresent: true });

/** What a commit that cannot be applied would have done besides: something of everything. */
const bystanders: Change[] = [
  put('AccessToken', 'fresh'),
  put('RefreshToken', 'kept', { payload: { is: 'changed' } }),
  put('AccessToken', 'fresh-under-grant', { grantId: 'living' }),
  put('ReplayDetection', 'fresh', { ifAbsent: true }),
  put('Session', 'kept', { payload: { is: 'changed' }, lookup: 'uid' }),
  consume('unused'),
  { kind: 'destroy', model: 'AccessToken', id: 'kept' },
  take('open'),
  { kind: 'revoke-grant', id: 'kept' },
];

describe.each(['postgres', 'redis'] as const)('a commit that cannot be applied, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(systemClock);
    await store.commit([
      put('Grant', 'living'),
      put('Grant', 'kept'),
      put('Grant', 'dead'),
      put('RefreshToken', 'kept', { payload: { is: 'old' } }),
      put('AccessToken', 'kept', { grantId: 'kept' }),
      put('Session', 'kept', { payload: { is: 'old' }, lookup: 'uid' }),
      put('AuthorizationCode', 'unused'),
      put('AuthorizationCode', 'used'),
      put('Interaction', 'open'),
      put('ReplayDetection', 'seen'),
      put('Session', 'moved-on'),
    ]);
    await store.commit([consume('used'), { kind: 'revoke-grant', id: 'dead' }]);
  });
  afterAll(() => driver.close());

  const losing: [string, Conflict['reason'], Change][] = [
    ['uses a code again', 'consumed', consume('used')],
    ['uses a code nobody issued', 'consumed', consume('never')],
    ['finishes an interaction twice', 'consumed', take('never')],
    ['shows a proof again', 'exists', put('ReplayDetection', 'seen', { ifAbsent: true })],
    ['saves over a newer session', 'stale', put('Session', 'moved-on', { expectedVersion: 'older' })],
    ['saves a session that is gone', 'stale', put('Session', 'gone', { expectedVersion: 'older' })],
    ['hangs a token on a revoked grant', 'revoked', put('AccessToken', 'late', { grantId: 'dead' })],
    ['hangs a token on no grant', 'revoked', put('AccessToken', 'late', { grantId: 'never' })],
    ['brings a revoked grant back', 'revoked', put('Grant', 'dead')],
  ];

  test.each(losing)('because it %s, changes nothing: %s', async (_what, reason, change) => {
    const before = await driver.dump();
    const middle = Math.floor(bystanders.length / 2);
    for (const index of [0, middle, bystanders.length]) {
      expect(await store.commit(bystanders.toSpliced(index, 0, change))).toEqual({ reason, index });
      expect(await driver.dump()).toBe(before);
    }
    expect((await store.find('AuthorizationCode', 'unused'))?.consumedAt).toBeUndefined();
    expect((await store.findByLookup('Session', 'uid'))?.payload).toEqual({ is: 'old' });
    expect(await store.find('AccessToken', 'fresh')).toBeUndefined();
  });

  test('is not there when nothing is in its way: all of it is applied', async () => {
    expect(await store.commit(bystanders)).toBeUndefined();
    expect((await store.find('AuthorizationCode', 'unused'))?.consumedAt).toBe(5);
    expect((await store.find('RefreshToken', 'kept'))?.payload).toEqual({ is: 'changed' });
    expect((await store.findByLookup('Session', 'uid'))?.payload).toEqual({ is: 'changed' });
    expect(await store.find('AccessToken', 'fresh-under-grant')).toMatchObject({ grant: { id: 'living' } });
    expect(await store.find('AccessToken', 'kept')).toBeUndefined();
    expect(await store.find('Interaction', 'open')).toBeUndefined();
    expect(await store.find('Grant', 'kept')).toBeUndefined();
    expect(await store.commit([put('ReplayDetection', 'fresh', { ifAbsent: true })])).toEqual({
      reason: 'exists',
      index: 0,
    });
  });

  test('is none when it has no changes', async () => {
    const before = await driver.dump();
    expect(await store.commit([])).toBeUndefined();
    expect(await driver.dump()).toBe(before);
  });

  test('leaves no half of a grant that is put together with what hangs on it', async () => {
    const [grantId, code] = [newSecret(), newSecret()];
    const signIn = [put('AuthorizationCode', code, { grantId }), put('Grant', grantId)];
    expect(await store.commit([...signIn, consume('used')])).toEqual({ reason: 'consumed', index: 2 });
    expect(await store.find('Grant', grantId)).toBeUndefined();
    expect(await store.commit(signIn)).toBeUndefined();
    expect((await store.find('AuthorizationCode', code))?.grant?.id).toBe(grantId);
  });

  test('is none when it takes a record away and puts it again: changes count in their order', async () => {
    const id = newSecret();
    await store.commit([put('AccessToken', id, { payload: { is: 'old' } })]);
    const changes: Change[] = [{ kind: 'destroy', model: 'AccessToken', id }, put('AccessToken', id)];
    expect(await store.commit(changes)).toBeUndefined();
    expect((await store.find('AccessToken', id))?.payload).toEqual({ is: 'new' });
    expect(await store.commit(changes.toReversed())).toBeUndefined();
    expect(await store.find('AccessToken', id)).toBeUndefined();
  });
});
