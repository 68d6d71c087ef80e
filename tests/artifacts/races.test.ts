import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import type { ArtifactStore, Change, Conflict } from '../../src/store/index.ts';
import { type Driver, drivers } from './driver.ts';

const put = (model: string, id: string, more: Partial<Extract<Change, { kind: 'put' }>> = {}): Change => ({
  kind: 'put',
  model,
  id,
  payload: {},
  expiresInSeconds: 60,
  ...more,
});
const grant = (id: string): Change => put('Grant', id, { expiresInSeconds: 1000 });
const consume = (model: string, id: string): Change => ({
  kind: 'consume',
  model,
  id,
  at: systemClock.now(),
});
const destroy = (model: string, id: string): Change => ({ kind: 'destroy', model, id });
const revoke = (id: string): Change => ({ kind: 'revoke-grant', id });

describe.each(['postgres', 'redis'] as const)('commits that meet, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(systemClock);
  });
  afterAll(() => driver.close());

  /** Two that waited for each other would end here: PostgreSQL refuses one of them after a second (deadlock). */
  const together = (...commits: Change[][]): Promise<(Conflict | undefined)[]> =>
    Promise.all(commits.map(changes => store.commit(changes)));

  test('a refresh token is used and revoked at the same moment, 50 rounds: no error, and the grant is dead', async () => {
    for (let round = 0; round < 50; round += 1) {
      const [grantId, token, next, access] = [newSecret(), newSecret(), newSecret(), newSecret()];
      await store.commit([grant(grantId), put('RefreshToken', token, { grantId })]);
      const refresh = [
        consume('RefreshToken', token),
        put('AccessToken', access, { grantId }),
        put('RefreshToken', next, { grantId }),
      ];
      const [refreshed, revoked] = await together(refresh, [destroy('RefreshToken', token), revoke(grantId)]);
      expect(['consumed', 'revoked', undefined]).toContain(refreshed?.reason);
      expect(revoked).toBeUndefined();
      expect(await store.find('RefreshToken', token)).toBeUndefined();
      expect(await store.find('RefreshToken', next)).toBeUndefined();
      expect(await store.find('AccessToken', access)).toBeUndefined();
    }
  });

  test('a grant is revoked while it is saved again and used, 50 rounds: it is dead and stays dead', async () => {
    for (let round = 0; round < 50; round += 1) {
      const grantId = newSecret();
      const [before, ...codes] = Array.from({ length: 4 }, () => newSecret());
      await store.commit([grant(grantId), put('RefreshToken', before ?? '', { grantId })]);
      const uses = codes.map(code => [grant(grantId), put('AuthorizationCode', code, { grantId })]);
      const conflicts = await together(uses[0] ?? [], [revoke(grantId)], uses[1] ?? [], [grant(grantId)]);
      expect(conflicts[1]).toBeUndefined();
      for (const conflict of conflicts) expect(conflict?.reason ?? 'revoked').toBe('revoked');
      expect(await store.find('Grant', grantId)).toBeUndefined();
      expect(await store.find('RefreshToken', before ?? '')).toBeUndefined();
      for (const code of codes) expect(await store.find('AuthorizationCode', code)).toBeUndefined();
      expect(await store.commit(uses[2] ?? [])).toMatchObject({ reason: 'revoked' });
      expect(await store.commit([put('AccessToken', newSecret(), { grantId })])).toMatchObject({
        reason: 'revoked',
      });
    }
  });

  test('the same records in opposite order, 50 rounds: nobody waits for each other', async () => {
    const ids = Array.from({ length: 6 }, () => newSecret());
    const puts = ids.map(id => put('AccessToken', id));
    for (let round = 0; round < 50; round += 1) {
      await together(puts, puts.toReversed(), puts, puts.toReversed());
      const destroys = ids.map(id => destroy('AccessToken', id));
      await together(destroys, destroys.toReversed(), destroys, destroys.toReversed());
    }
    expect(await store.find('AccessToken', ids[0] ?? '')).toBeUndefined();
  });
});
