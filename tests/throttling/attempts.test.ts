import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { attemptLimits, attemptsRepository, clientNetwork } from '../../src/throttling/index.ts';
import { freshDatabase } from '../support/services.ts';

const policy = { triesPerIdentifier: 3, triesPerAddress: 50, waitSeconds: 10, longestWaitSeconds: 100 };
const { passwordOfIdentifier: limit } = attemptLimits(policy);

let postgres: { url: string; drop(): Promise<void> };
let databases: Database[];
let now = Date.now();
let subject = 0;
beforeAll(async () => {
  postgres = await freshDatabase();
  // As two processes have them: nothing in common but the database.
  databases = [1, 2].map(() => openDatabase({ url: postgres.url, poolSize: 5 }));
});
afterAll(async () => {
  await Promise.all(databases.map(database => database.close()));
  await postgres.drop();
});
beforeEach(() => {
  subject += 1;
});

const attempts = (index = 0) =>
  attemptsRepository({ database: databases[index] as Database, clock: { now: () => now } });
const take = (index = 0, of = limit) => attempts(index).take({ limit: of, subject: `${subject}` });

describe('attempts', () => {
  test('of forty at once over two pools as many pass as the limit says', async () => {
    const waits = await Promise.all(Array.from({ length: 40 }, (_, index) => take(index % 2)));
    expect(waits.filter(wait => wait === 0)).toHaveLength(3);
    expect(new Set(waits)).toEqual(new Set([0, 10]));
  });

  test('after the tries the wait doubles up to the longest; at the end of each wait one passes, of any number', async () => {
    for (let tried = 0; tried < 3; tried += 1) expect(await take()).toBe(0);
    for (const wait of [10, 20, 40, 80, 100, 100]) {
      expect(await take()).toBe(wait);
      now += wait * 1000 - 1;
      expect(await take()).toBe(1);
      now += 1;
      const passed = await Promise.all(Array.from({ length: 20 }, (_, index) => take(index % 2)));
      expect(passed.filter(seconds => seconds === 0)).toHaveLength(1);
    }
  });

  test('a day without one, or a success, and all is as before the first', async () => {
    for (let tried = 0; tried < 3; tried += 1) await take();
    expect(await take()).toBeGreaterThan(0);
    await attempts().forget({ limit, subject: `${subject}` });
    for (let tried = 0; tried < 3; tried += 1) expect(await take()).toBe(0);
    now += 24 * 60 * 60 * 1000 + 1;
    for (let tried = 0; tried < 3; tried += 1) expect(await take()).toBe(0);
    expect(await take()).toBeGreaterThan(0);
  });

  test('one that is given back does not count; the others do', async () => {
    const given = { limit, subject: `${subject}` };
    for (let tried = 0; tried < 10; tried += 1) {
      expect(await take()).toBe(0);
      await attempts().giveBack(given);
    }
    for (let tried = 0; tried < 3; tried += 1) expect(await take()).toBe(0);
    expect(await take()).toBeGreaterThan(0);
    await attempts().giveBack(given);
    expect(await take()).toBe(0);
  });

  test('where one try is all there is, the second waits', async () => {
    const single = { ...limit, name: 'single', tries: 1 };
    expect(await take(0, single)).toBe(0);
    expect(await take(0, single)).toBe(10);
  });

  test('what is remembered by nothing any more is removed', async () => {
    await take();
    now += 26 * 60 * 60 * 1000;
    await attempts().removeOld();
    expect(await (databases[0] as Database).prisma.attemptBucket.count()).toBe(0);
  });
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '::/64'],
])('%s counts as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
