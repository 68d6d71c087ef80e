import { array, assert, asyncProperty, constantFrom, record, uniqueArray } from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import {
  ArtifactConflictError,
  type ArtifactStore,
  type Change,
  runInUnitOfWork,
  withArtifacts,
} from '../../src/store/index.ts';
import { type Driver, drivers } from './driver.ts';

interface Payload {
  accountId?: string;
  loginTs?: number;
  authorizations?: Record<string, { sid: string }>;
}

const ada: Payload = { accountId: 'ada', loginTs: 1, authorizations: {} };
const clients = ['a', 'b', 'c', 'd'];

describe.each(['postgres', 'redis'] as const)('requests of one browser at once, %s driver', name => {
  let driver: Driver;
  let store: ArtifactStore;
  let id: string;

  beforeAll(async () => {
    driver = await drivers[name]();
    store = await driver.open(systemClock);
  });
  afterAll(() => driver.close());
  beforeEach(() => {
    id = newSecret();
  });

  const session = (payload: Payload): Extract<Change, { kind: 'put' }> => ({
    kind: 'put',
    model: 'Session',
    id,
    payload: { ...payload },
    expiresInSeconds: 100,
    lookup: `uid-${id}`,
  });
  const stored = async () => (await store.find('Session', id))?.payload as Payload | undefined;
  const authorized = async () => Object.keys((await stored())?.authorizations ?? {}).toSorted();

  /** Requests that have all read the session before any of them saves it. */
  function meet(...works: ((payload: Payload) => Payload | undefined)[]): Promise<unknown>[] {
    let arrived = 0;
    const { promise: allHaveRead, resolve } = Promise.withResolvers<void>();
    return works.map(work =>
      runInUnitOfWork(store, () =>
        withArtifacts(store, async unit => {
          const read = await unit.find('Session', id);
          arrived += 1;
          if (arrived === works.length) resolve();
          await allHaveRead;
          const payload = work(structuredClone(read?.payload ?? {}) as Payload);
          if (payload === undefined) unit.destroy('Session', id);
          else await unit.put(session(payload));
        }),
      ),
    );
  }
  const add = (client: string) => (payload: Payload) => ({
    ...payload,
    authorizations: { ...payload.authorizations, [client]: { sid: client } },
  });

  test('sign in to four apps: the session knows all four', async () => {
    await store.commit([session(ada)]);
    await Promise.all(meet(...clients.map(add)));
    expect(await authorized()).toEqual(clients);
    // Its second key came along.
    expect((await store.findByLookup('Session', `uid-${id}`))?.id).toBe(id);
  });

  test('sign in to four apps in a session that had none and no list of them', async () => {
    await store.commit([session({ accountId: 'ada', loginTs: 1 })]);
    await Promise.all(meet(...clients.map(add)));
    expect(await authorized()).toEqual(clients);
  });

  test('sign out and in to an app, 30 rounds: the signed-out session never comes back', async () => {
    for (let round = 0; round < 30; round += 1) {
      id = newSecret();
      await store.commit([session(ada)]);
      const [signOut, ...signIns] = await Promise.allSettled(meet(() => undefined, ...clients.map(add)));
      expect(signOut?.status).toBe('fulfilled');
      expect(await stored()).toBeUndefined();
      for (const each of signIns) {
        if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(ArtifactConflictError);
      }
    }
  });

  test('sign in as somebody else: nothing of the one gets into the session of the other, 30 rounds', async () => {
    const grace: Payload = { accountId: 'grace', loginTs: 2, authorizations: {} };
    for (let round = 0; round < 30; round += 1) {
      id = newSecret();
      await store.commit([session(add('old')(ada))]);
      const works = [() => grace, add('late')];
      const results = await Promise.allSettled(meet(...(round % 2 === 0 ? works : works.toReversed())));
      expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
      // Before or after the other request: the person who signed in is the one who is signed in.
      expect(await stored()).toEqual(grace);
    }
  });

  test('sign in once more as the same person: what another request added meanwhile stays', async () => {
    await store.commit([session(add('old')(ada))]);
    const later = runInUnitOfWork(store, () =>
      withArtifacts(store, async unit => {
        const read = await unit.find('Session', id);
        await Promise.all(meet(add('late')));
        await unit.put(session({ ...(read?.payload as Payload), loginTs: 2 }));
      }),
    );
    await later;
    expect(await stored()).toMatchObject({ accountId: 'ada', loginTs: 2 });
    expect(await authorized()).toEqual(['late', 'old']);
  });

  test('sign in first of all, in two windows, as the same person: the second does not undo the first', async () => {
    await store.commit([session({})]);
    const signedIn = (client: string) => () => add(client)(ada);
    await Promise.all(meet(signedIn('a'), signedIn('b')));
    expect(await authorized()).toEqual(['a', 'b']);
  });

  test('whatever any number of them add and remove: the removed stays removed, the added stays', async () => {
    const some = uniqueArray(constantFrom(...clients));
    const request = record({ adds: some, removes: some });
    const all = (requests: { adds: string[]; removes: string[] }[], of: 'adds' | 'removes') =>
      new Set(requests.flatMap(each => each[of]));

    await assert(
      asyncProperty(some, array(request, { minLength: 1, maxLength: 5 }), async (before, requests) => {
        id = newSecret();
        const start = before.reduce((payload, client) => add(client)(payload), ada);
        await store.commit([session(start)]);
        const works = requests.map(({ adds, removes }) => (payload: Payload) => {
          const left = Object.entries(payload.authorizations ?? {}).filter(([key]) => !removes.includes(key));
          const added = adds.filter(key => !before.includes(key)).map(key => [key, { sid: key }] as const);
          return { ...payload, authorizations: Object.fromEntries([...left, ...added]) };
        });
        await Promise.all(meet(...works));
        const removed = all(requests, 'removes');
        const kept = before.filter(client => !removed.has(client));
        const added = [...all(requests, 'adds')].filter(client => !before.includes(client));
        expect(await authorized()).toEqual([...kept, ...added].toSorted());
      }),
      { numRuns: 40 },
    );
  });

  test('change what the session holds for an app: each change is kept, unless another changed the same', async () => {
    await store.commit([session(add('a')(add('b')(ada)))]);
    const change = (client: string) => (payload: Payload) => ({
      ...payload,
      authorizations: { ...payload.authorizations, [client]: { sid: `new ${client}` } },
    });
    await Promise.all(meet(change('a'), change('b')));
    expect((await stored())?.authorizations).toEqual({ a: { sid: 'new a' }, b: { sid: 'new b' } });
  });

  test('change it under every attempt of one to save it: that one gives up rather than try for ever', async () => {
    await store.commit([session(ada)]);
    let attempts = 0;
    const overtaken: ArtifactStore = {
      ...store,
      commit: async changes => {
        attempts += 1;
        await store.commit([session(add(`app-${attempts}`)(ada))]);
        return store.commit(changes);
      },
    };
    const saved = withArtifacts(overtaken, async unit => {
      const read = await unit.find('Session', id);
      await unit.put(session(add('late')(read?.payload as Payload)));
    });
    await expect(saved).rejects.toMatchObject({ reason: 'stale', model: 'Session' });
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThan(50);
    expect(await authorized()).toEqual([`app-${attempts}`]);
  });
});
