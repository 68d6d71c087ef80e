import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type KeyKind,
  type KeyRing,
  keyKinds,
  listKeys,
  localPrivateKeys,
  openKeyRing,
  revokeKey,
  rotateDueKeys,
  rotateKeys,
} from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, type TestDatabase } from '../support/services.ts';

const hour = 60 * 60 * 1000;
const day = 24 * hour;
const policy = { rotationMs: 90 * day, announcementMs: day };
const start = Date.parse('2026-03-01T12:00:00Z');

let server: TestDatabase;
let database: Database;
let ring: KeyRing;
let now: number;
const clock = { now: () => now };
const sealer = createSealer([{ id: 'one', bytes: Buffer.alloc(32, 1) }]);
const es256 = keyKinds[0];

beforeEach(async () => {
  now = start;
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 12 });
  ring = await openKeyRing({ ...deps(), log: createLogger({ level: 'silent' }), policy });
});
afterEach(async () => {
  ring.close();
  await database.close();
  await server.drop();
});

const deps = () => ({ database, sealer, privateKeys: localPrivateKeys, clock });

/** As the schedule does, at this time. */
async function at(time: number): Promise<void> {
  now = time;
  await rotateDueKeys(deps(), policy);
  await ring.refresh();
}

async function rotate(kind: KeyKind, announcementMs: number): Promise<string> {
  const [id = ''] = await rotateKeys(deps(), { kinds: [kind], announcementMs });
  await ring.refresh();
  return id;
}

/** `next`, `active` and `retired` kids, in the order of the ring. */
function es256Keys() {
  const { signing, published } = ring.current();
  const kids = (keys: typeof signing) =>
    keys.filter(({ algorithm }) => algorithm === 'ES256').map(({ kid }) => kid);
  return { active: kids(signing), published: kids(published) };
}

async function lifeOf(id: string): Promise<string | undefined> {
  return (await listKeys(deps())).find(key => key.id === id)?.status;
}

describe('the life of a signing key', () => {
  test('it is announced a day before it is used, and the one before is kept for thirty days', async () => {
    const [first = ''] = es256Keys().active;
    await at(start + 89 * day - 1);
    expect(es256Keys()).toEqual({ active: [first], published: [] });

    await at(start + 89 * day);
    const [second = ''] = es256Keys().published;
    expect(es256Keys()).toEqual({ active: [first], published: [second] });
    expect(await lifeOf(second)).toBe('next');
    await at(start + 90 * day - 1);
    expect(es256Keys()).toEqual({ active: [first], published: [second] });

    await at(start + 90 * day);
    expect(es256Keys()).toEqual({ active: [second], published: [first] });
    expect(await lifeOf(first)).toBe('retired');
    await at(start + 120 * day - 1);
    expect(es256Keys()).toEqual({ active: [second], published: [first] });

    await at(start + 120 * day);
    expect(es256Keys()).toEqual({ active: [second], published: [] });
    expect(await lifeOf(first)).toBeUndefined();
  });

  test('time alone makes the next key active, without a word from the database', async () => {
    const [first] = es256Keys().active;
    const second = await rotate(es256, day);
    now = start + day;
    await ring.refresh();
    expect(es256Keys()).toEqual({ active: [second], published: [first] });
  });

  test('a service that slept through the day still announces before it uses', async () => {
    const [first] = es256Keys().active;
    await at(start + 400 * day);
    expect(es256Keys().active).toEqual([first]);
    await at(start + 401 * day);
    expect(es256Keys()).toEqual({ active: [expect.not.stringMatching(String(first))], published: [first] });
  });

  test('ten processes that find it due announce one', async () => {
    now = start + 89 * day;
    await Promise.all(Array.from({ length: 10 }, () => rotateDueKeys(deps(), policy)));
    await ring.refresh();
    expect(es256Keys().published).toHaveLength(1);
  });
});

describe('rotation on demand', () => {
  test('announces one key, however often it is asked for', async () => {
    const [first] = es256Keys().active;
    const second = await rotate(es256, day);
    expect(await rotateKeys(deps(), { kinds: [es256], announcementMs: day })).toEqual([]);
    await ring.refresh();
    expect(es256Keys()).toEqual({ active: [first], published: [second] });
  });

  test('at once uses the key that is announced already', async () => {
    const [first] = es256Keys().active;
    const second = await rotate(es256, day);
    expect(await rotate(es256, 0)).toBe(second);
    expect(es256Keys()).toEqual({ active: [second], published: [first] });
    // Nothing of it is left for later.
    await at(start + day);
    expect(es256Keys()).toEqual({ active: [second], published: [first] });
  });

  test('asked for in parallel makes one', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, () => rotateKeys(deps(), { kinds: [es256], announcementMs: day })),
    );
    expect(made.flat()).toHaveLength(1);
  });
});

describe('a revoked key', () => {
  test('is gone, and a new one signs', async () => {
    const [first = ''] = es256Keys().active;
    await revokeKey(deps(), first);
    await ring.refresh();
    expect(es256Keys()).toEqual({ active: [expect.not.stringMatching(first)], published: [] });
    expect(await lifeOf(first)).toBeUndefined();
  });

  test('is followed by the one that was announced', async () => {
    const [first = ''] = es256Keys().active;
    const second = await rotate(es256, day);
    await revokeKey(deps(), first);
    await ring.refresh();
    expect(es256Keys()).toEqual({ active: [second], published: [] });
  });

  test('that was only announced leaves the active one in use', async () => {
    const [first] = es256Keys().active;
    await revokeKey(deps(), await rotate(es256, day));
    await at(start + 2 * day);
    expect(es256Keys()).toEqual({ active: [first], published: [] });
  });

  test('has to be one there is, and no salt', async () => {
    const salt = (await listKeys(deps())).find(({ purpose }) => purpose === 'pairwise');
    await expect(revokeKey(deps(), 'nothing')).rejects.toThrow(
      'There is no key nothing. "keys list" shows all.',
    );
    await expect(revokeKey(deps(), String(salt?.id))).rejects.toThrow('A pairwise salt cannot be revoked');
    expect(await listKeys(deps())).toHaveLength(keyKinds.length);
  });
});

describe('keys that are secrets', () => {
  const kindOf = (purpose: string) => keyKinds.find(kind => kind.purpose === purpose) ?? es256;

  test('a new cookie key is accepted everywhere before it signs, and the old one afterwards', async () => {
    const [first] = ring.current().cookie;
    await rotate(kindOf('cookie'), day);
    const [, second] = ring.current().cookie;
    expect(ring.current().cookie).toEqual([first, second]);
    await at(start + day);
    expect(ring.current().cookie).toEqual([second, first]);
    await at(start + 31 * day);
    expect(ring.current().cookie).toEqual([second]);
  });

  test('a nonce key is replaced', async () => {
    const before = ring.current().dpopNonce;
    expect(before).toHaveLength(32);
    await rotate(kindOf('dpop-nonce'), 0);
    expect(ring.current().dpopNonce).toHaveLength(32);
    expect(ring.current().dpopNonce).not.toEqual(before);
  });

  test('a salt is kept for ever, and no schedule replaces it', async () => {
    const [first] = ring.current().pairwise;
    await at(start + 3000 * day);
    expect(ring.current().pairwise).toEqual([first]);
    await rotate(kindOf('pairwise'), 0);
    const second = {
      salt: expect.not.stringMatching(String(first?.salt)) as string,
      activatesAt: start + 3000 * day + 10_000,
    };
    // Known everywhere before the first account has it, even when it has to be at once.
    expect(ring.current().pairwise).toEqual([second, first]);
    await at(start + 6000 * day);
    expect(ring.current().pairwise).toEqual([second, first]);
  });
});
