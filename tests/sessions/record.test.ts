import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import { loadSettings } from '../../src/config/index.ts';
import { emailChallenges } from '../../src/email-challenges/index.ts';
import { sessionsRepository } from '../../src/sessions/index.ts';
import { codePolicy } from '../../src/start/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, type TestDatabase } from '../support/services.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

let server: TestDatabase;
let database: Database;
let now = Date.UTC(2026, 0, 1, 12, 30);
const clock = { now: () => now };
beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 2 });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

test('the record says when a session was used last, to the hour, and forgets what nobody can use any more', async () => {
  const sessions = sessionsRepository({ database, clock });
  const accountId = await database.prisma.$transaction(transaction =>
    createAccount(
      { transaction, clock },
      { email: 'ada@example.com', isEmailVerified: true, claims: {}, isOwner: false },
    ),
  );
  for (const id of ['used', 'unused']) await sessions.start({ id, accountId, userAgent: 'x'.repeat(1000) });
  now += 3 * dayMs;
  await sessions.use(['used', 'of nobody']);
  const [latest, other] = await sessions.listOf(accountId);
  expect(latest).toMatchObject({ id: 'used', lastUsedAt: new Date(Date.UTC(2026, 0, 4, 12)) });
  expect(latest?.userAgent).toHaveLength(300);
  expect(other?.id).toBe('unused');
  await sessions.removeOld(2 * dayMs);
  expect(await sessions.openOf(accountId)).toEqual(['used']);
  await sessions.end(['used']);
  expect(await sessions.openOf(accountId)).toEqual([]);
});

test('a challenge that is over is kept an hour, for the limit on mails, and no longer', async () => {
  const challenges = emailChallenges({
    database,
    clock,
    sealer: createSealer([{ id: 'a', bytes: Buffer.alloc(32, 1) }]),
    codes: codePolicy(loadSettings({})),
  });
  const { id } = await database.prisma.$transaction(transaction =>
    challenges.start(transaction, {
      purpose: 'register',
      email: 'grace@example.com',
      accountId: undefined,
      clientId: undefined,
    }),
  );
  now += 1.4 * hourMs;
  await challenges.removeOld();
  expect(await challenges.find(id)).toBeDefined();
  now += 0.2 * hourMs;
  await challenges.removeOld();
  expect(await challenges.find(id)).toBeUndefined();
  expect(await challenges.find('not an id')).toBeUndefined();
});
