import { assert, asyncProperty, constantFrom, uniqueArray } from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AppError, type Clock, newSecret, systemClock } from '../../src/kernel/index.ts';
import {
  ArtifactConflictError,
  type ArtifactStore,
  type Change,
  runInUnitOfWork,
  withArtifacts,
} from '../../src/store/index.ts';
import { type Driver, drivers, startRival } from './driver.ts';

const put = (id: string, more: Partial<Extract<Change, { kind: 'put' }>> = {}): Change => ({
  kind: 'put',
  model: 'AuthorizationCode',
  id,
  payload: { value: id },
  expiresInSeconds: 60,
  ...more,
});
const grant = (id: string): Change => put(id, { model: 'Grant', expiresInSeconds: 1000 });
const consume = (id: string): Change => ({
  kind: 'consume',
  model: 'AuthorizationCode',
  id,
  at: systemClock.now(),
});
const toleranceSeconds = 15;

describe.each(['postgres', 'redis'] as const)('the artifact store, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;
  let id: string;
  let timeMs = systemClock.now();
  const clock: Clock = { now: () => timeMs };

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(clock);
  });
  afterAll(() => driver.close());
  beforeEach(() => {
    id = newSecret();
    timeMs = systemClock.now();
  });

  describe('keeps', () => {
    test('what was put, until it expires, whatever the reaper does', async () => {
      await store.commit([put(id, { lookup: `uid-${id}` })]);
      expect(await store.find('AuthorizationCode', id)).toMatchObject({
        payload: { value: id },
        consumedAt: undefined,
      });
      expect((await store.findByLookup('AuthorizationCode', `uid-${id}`))?.id).toBe(id);
      expect(await store.find('RefreshToken', id)).toBeUndefined();

      timeMs += (60 + toleranceSeconds) * 1000 - 1;
      expect(await store.find('AuthorizationCode', id)).toBeDefined();
      timeMs += 1;
      expect(await store.find('AuthorizationCode', id)).toBeUndefined();
      expect(await store.findByLookup('AuthorizationCode', `uid-${id}`)).toBeUndefined();
      expect(await store.commit([consume(id)])).toEqual({ reason: 'consumed', index: 0 });
    });

    test('every kind of JSON as it was', async () => {
      const payload = {
        list: [],
        object: {},
        null: null,
        text: 'a|b\n"c"\u0000é😀'.replace('\u0000', ''),
        number: 1.5,
        nested: [{ empty: [] }],
      };
      await store.commit([put(id, { payload })]);
      expect((await store.find('AuthorizationCode', id))?.payload).toEqual(payload);
    });

    test('nothing that names somebody who is erased, and all that names others', async () => {
      const [erased, other] = [`${id}@lantern.example`, `x${id}@lantern.example`];
      const many = Array.from({ length: 60 }, (_, nth) => `${id}${nth}`);
      await store.commit([
        ...many.map(each =>
          put(each, { payload: { nested: [{ login_hint: erased }] }, lookup: `uid-${each}` }),
        ),
        put(id, { payload: { login_hint: other, [erased.slice(1)]: 1 } }),
      ]);
      expect(await store.removeNaming(['nobody', erased])).toBe(60);
      expect(await driver.dump()).not.toContain(`"${erased}"`);
      for (const each of many) {
        expect(await store.find('AuthorizationCode', each)).toBeUndefined();
        expect(await store.findByLookup('AuthorizationCode', `uid-${each}`)).toBeUndefined();
      }
      expect(await store.find('AuthorizationCode', id)).toBeDefined();
      expect(await store.removeNaming([erased])).toBe(0);
    });

    test('nothing longer than it has to: the reaper takes the expired and leaves the rest', async () => {
      const before = await driver.size();
      const ids = Array.from({ length: 50 }, () => newSecret());
      await store.commit([
        put(id, { expiresInSeconds: 10_000 }),
        ...ids.map(each => put(each, { expiresInSeconds: 1, lookup: each })),
      ]);
      await Promise.all(
        ids.slice(25).map(each => store.commit([{ kind: 'destroy', model: 'AuthorizationCode', id: each }])),
      );
      timeMs += 60_000;
      await store.reapExpired(1_000);
      // Redis counts by its own clock; there every key has to have a time to live.
      if (name === 'postgres') expect(await driver.size()).toBe(before + 1);
      else expect(await driver.size()).toBe(before + 1 + 2 * 25);
      expect(await store.find('AuthorizationCode', id)).toBeDefined();
      await store.commit([{ kind: 'destroy', model: 'AuthorizationCode', id }]);
    });
  });

  describe('decides single use', () => {
    test('of twenty at once in one process, and what lost changes nothing', async () => {
      const tokens = Array.from({ length: 20 }, () => newSecret());
      await store.commit([put(id)]);
      const conflicts = await Promise.all(
        tokens.map(token => store.commit([consume(id), put(token, { model: 'AccessToken' })])),
      );
      expect(conflicts.filter(conflict => conflict === undefined)).toHaveLength(1);
      expect(
        conflicts.filter(conflict => conflict?.reason === 'consumed' && conflict.index === 0),
      ).toHaveLength(19);
      const found = await Promise.all(tokens.map(token => store.find('AccessToken', token)));
      expect(found.filter(token => token !== undefined)).toHaveLength(1);
      // A used code stays findable, so that using it again can be noticed.
      expect((await store.find('AuthorizationCode', id))?.consumedAt).toEqual(expect.any(Number));
    });

    test('over two processes, 200 rounds of twenty', async () => {
      const rivals = await Promise.all([startRival(name, driver.url, 10), startRival(name, driver.url, 10)]);
      const real = await driver.open(systemClock);
      for (let round = 0; round < 200; round += 1) {
        const code = newSecret();
        await real.commit([put(code)]);
        const wins = await Promise.all(rivals.map(rival => rival.consume(code)));
        expect(wins[0] ?? 0, `round ${round}`).toBe(1 - (wins[1] ?? 0));
      }
      for (const rival of rivals) rival.end();
    }, 60_000);

    test('of replay detection: one of twenty is the first, until it expires', async () => {
      const first = put(id, { model: 'ReplayDetection', ifAbsent: true });
      const conflicts = await Promise.all(Array.from({ length: 20 }, () => store.commit([first])));
      expect(conflicts.filter(conflict => conflict === undefined)).toHaveLength(1);
      expect(conflicts.filter(conflict => conflict?.reason === 'exists')).toHaveLength(19);
      timeMs += 200_000;
      expect(await store.commit([first])).toBeUndefined();
    });

    test('of taking away: one of ten finds it there', async () => {
      await store.commit([put(id, { model: 'Interaction' })]);
      const take: Change = { kind: 'destroy', model: 'Interaction', id, onlyIfPresent: true };
      const conflicts = await Promise.all(Array.from({ length: 10 }, () => store.commit([take])));
      expect(conflicts.filter(conflict => conflict === undefined)).toHaveLength(1);
      expect(await store.commit([{ kind: 'destroy', model: 'Interaction', id }])).toBeUndefined();
    });
  });

  describe('revokes for good', () => {
    test('everything that hangs on a grant is gone at once, and nothing can be hung on it', async () => {
      const grantId = newSecret();
      await store.commit([grant(grantId), put(id, { grantId })]);
      expect((await store.find('AuthorizationCode', id))?.grant?.id).toBe(grantId);
      await store.commit([{ kind: 'revoke-grant', id: grantId }]);
      expect(await store.find('AuthorizationCode', id)).toBeUndefined();
      expect(await store.find('Grant', grantId)).toBeUndefined();
      expect(await store.commit([put(newSecret(), { grantId })])).toEqual({ reason: 'revoked', index: 0 });
      expect(await store.commit([grant(grantId)])).toEqual({ reason: 'revoked', index: 0 });
      expect(await store.commit([put(newSecret(), { grantId: newSecret() })])).toEqual({
        reason: 'revoked',
        index: 0,
      });
      // Until everything that could hang on it has expired.
      timeMs += 24 * 60 * 60 * 1000 - 1000;
      expect(await store.commit([grant(grantId)])).toMatchObject({ reason: 'revoked' });
    });

    test('also against a token that is issued at the same moment, 50 rounds', async () => {
      for (let round = 0; round < 50; round += 1) {
        const grantId = newSecret();
        const tokens = Array.from({ length: 6 }, () => newSecret());
        await store.commit([grant(grantId)]);
        const issue = (token: string) => store.commit([put(token, { model: 'AccessToken', grantId })]);
        await Promise.all([
          ...tokens.slice(0, 3).map(issue),
          store.commit([{ kind: 'revoke-grant', id: grantId }]),
          ...tokens.slice(3).map(issue),
        ]);
        const found = await Promise.all(tokens.map(token => store.find('AccessToken', token)));
        expect(found.every(token => token === undefined)).toBe(true);
      }
    });
  });

  describe('merges sessions', () => {
    const session = (payload: Record<string, unknown>, expectedVersion?: string): Change =>
      put(id, {
        model: 'Session',
        payload,
        lookup: `uid-${id}`,
        ...(expectedVersion === undefined ? {} : { expectedVersion }),
      });
    const base = { accountId: 'ada', loginTs: 1, authorizations: {} as Record<string, unknown> };

    /** What a request does: reads the session, changes what it read, saves it. */
    const change = (work: (payload: typeof base) => typeof base, between?: () => Promise<unknown>) =>
      runInUnitOfWork(store, () =>
        withArtifacts(store, async unit => {
          const read = await unit.find('Session', id);
          await between?.();
          const payload = work(structuredClone(read?.payload ?? {}) as typeof base);
          await unit.put(session(payload) as Extract<Change, { kind: 'put' }>);
        }),
      );
    const authorize = (client: string) => (payload: typeof base) => ({
      ...payload,
      authorizations: { ...payload.authorizations, [client]: { sid: client } },
    });

    test('a write over an older version is refused', async () => {
      await store.commit([session(base)]);
      const { version } = (await store.find('Session', id)) ?? {};
      expect(await store.commit([session(base, version)])).toBeUndefined();
      expect(await store.commit([session(base, version)])).toEqual({ reason: 'stale', index: 0 });
    });

    test('what eight requests at once add is all there', async () => {
      await store.commit([session(base)]);
      const clients = Array.from({ length: 8 }, (_, index) => `client-${index}`);
      await Promise.all(clients.map(client => change(authorize(client))));
      const { authorizations } = ((await store.find('Session', id))?.payload ?? {}) as typeof base;
      expect(Object.keys(authorizations).toSorted()).toEqual(clients);
    });

    test('a sign-out in between is not undone', async () => {
      await store.commit([session(base)]);
      const late = change(authorize('late'), () => store.commit([{ kind: 'destroy', model: 'Session', id }]));
      await expect(late).rejects.toBeInstanceOf(ArtifactConflictError);
      expect(await store.find('Session', id)).toBeUndefined();
    });

    test('nor is a sign-in of somebody else', async () => {
      await store.commit([session(base)]);
      const late = change(authorize('late'), () =>
        change(() => ({ accountId: 'grace', loginTs: 2, authorizations: {} })),
      );
      await expect(late).rejects.toMatchObject({ reason: 'stale', model: 'Session' });
      expect((await store.find('Session', id))?.payload).toMatchObject({ accountId: 'grace' });
    });

    test('whatever two requests add, change and remove: the removed stays removed, the added stays', async () => {
      const clients = uniqueArray(constantFrom('a', 'b', 'c', 'd', 'e'));
      await assert(
        asyncProperty(clients, clients, clients, async (before, mine, theirs) => {
          const of = (names: string[]) => ({
            ...base,
            authorizations: Object.fromEntries(names.map(each => [each, { sid: each }])),
          });
          await store.commit([session(of(before))]);
          await change(
            () => of(mine),
            () => change(() => of(theirs)),
          );
          const { authorizations } = ((await store.find('Session', id))?.payload ?? {}) as typeof base;
          const expected = [...new Set([...before, ...mine, ...theirs])].filter(
            each =>
              (mine.includes(each) && theirs.includes(each)) ||
              (!before.includes(each) && (mine.includes(each) || theirs.includes(each))),
          );
          expect(Object.keys(authorizations).toSorted()).toEqual(expected.toSorted());
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('a unit of work', () => {
    const asPut = (change: Change) => change as Extract<Change, { kind: 'put' }>;

    test('sees its own writes and applies none of them when it fails', async () => {
      const grantId = newSecret();
      const failed = runInUnitOfWork(store, () =>
        withArtifacts(store, async unit => {
          await unit.put(asPut(grant(grantId)));
          await unit.put(asPut(put(id, { grantId, lookup: `l-${id}` })));
          expect((await unit.find('AuthorizationCode', id))?.payload).toEqual({ value: id });
          expect((await unit.findByLookup('AuthorizationCode', `l-${id}`))?.id).toBe(id);
          expect(() => unit.consume('AuthorizationCode', id, 5)).toThrow(ArtifactConflictError);
          unit.revokeGrant(grantId);
          expect(await unit.find('AuthorizationCode', id)).toBeUndefined();
          expect(await unit.find('Grant', grantId)).toBeUndefined();
          await expect(unit.put(asPut(grant(grantId)))).rejects.toMatchObject({ reason: 'revoked' });
          unit.destroy('AuthorizationCode', id);
          expect(await unit.find('AuthorizationCode', id)).toBeUndefined();
          throw new Error('something else');
        }),
      );
      await expect(failed).rejects.toThrow('something else');
      expect(await store.find('AuthorizationCode', id)).toBeUndefined();
    });

    test('remembers what it read, and that it consumed it', async () => {
      await store.commit([put(id)]);
      await runInUnitOfWork(store, () =>
        withArtifacts(store, async unit => {
          expect((await unit.find('AuthorizationCode', id))?.consumedAt).toBeUndefined();
          unit.consume('AuthorizationCode', id, 5);
          expect((await unit.find('AuthorizationCode', id))?.consumedAt).toBe(5);
        }),
      );
      const second = withArtifacts(store, unit => unit.consume('AuthorizationCode', id, 6));
      await expect(second).rejects.toMatchObject({ reason: 'consumed', model: 'AuthorizationCode' });
    });
  });

  test('while the server is away every call says so within seconds, and works again by itself', async () => {
    await store.commit([put(id)]);
    await driver.stop();
    const calls = [
      () => store.find('AuthorizationCode', id),
      () => store.findByLookup('AuthorizationCode', id),
      () => store.commit([consume(id)]),
      () => store.ping(),
    ];
    const startedAt = performance.now();
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'unavailable',
        status: 503,
        retryAfterSeconds: 2,
      } satisfies Partial<AppError>);
    }
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    await driver.restart();
    await expect
      .poll(
        () =>
          store.ping().then(
            () => 'back',
            () => 'away',
          ),
        { timeout: 10_000 },
      )
      .toBe('back');
    // Nothing happened meanwhile: the code is still unused.
    expect(await store.commit([consume(id)])).toBeUndefined();
  }, 60_000);
});
