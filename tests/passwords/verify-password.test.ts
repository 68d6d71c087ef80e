import { hashSync } from '@node-rs/argon2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import { systemClock as clock, dateOf } from '../../src/kernel/index.ts';
import {
  createPasswordHasher,
  type PasswordHasher,
  storePasswordHash,
  verifyPassword,
} from '../../src/passwords/index.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, runSql, selectRows, type TestDatabase } from '../support/services.ts';

const password = 'a password of somebody';

let server: TestDatabase;
let database: Database;
let hasher: PasswordHasher;

async function addAccount(email: string, hash?: string): Promise<void> {
  await database.prisma.$transaction(async transaction => {
    const accountId = await createAccount(
      { transaction, clock },
      { email, claims: {}, isEmailVerified: true, isOwner: false },
    );
    if (hash !== undefined)
      await storePasswordHash(transaction, { accountId, hash, changedAt: dateOf(clock) });
  });
}

beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 2 });
  hasher = await createPasswordHasher({ concurrency: 1, queue: 10 });
  const hash = await hasher.hash(password);
  await addAccount('ada@example.com', hash);
  await addAccount('disabled@example.com', hash);
  await addAccount('without@example.com');
  await runSql(server.url, "UPDATE account SET status = 'disabled' WHERE email = 'disabled@example.com'");
});
afterAll(async () => {
  await hasher.close();
  await database.close();
  await server.drop();
});

test.each([
  ['the right password', 'ada@example.com', password, true],
  ['the right password, the address in capitals', 'ADA@Example.COM', password, true],
  ['a wrong password', 'ada@example.com', 'something else entirely', false],
  ['an account that is disabled', 'disabled@example.com', password, false],
  ['an account without a password', 'without@example.com', password, false],
  ['an account that does not exist', 'nobody@example.com', password, false],
])('%s costs exactly one hash', async (_what, identifier, typed, isLetIn) => {
  let hashes = 0;
  const counting: PasswordHasher = {
    hash: text => hasher.hash(text),
    verify(stored, text) {
      hashes += 1;
      return hasher.verify(stored, text);
    },
    isCurrent: stored => hasher.isCurrent(stored),
    judge: (text, leastScore) => hasher.judge(text, leastScore),
    waiting: 0,
    refused: 0,
    close: () => Promise.resolve(),
  };
  const account = await verifyPassword({ database, hasher: counting }, { identifier, password: typed });
  expect(account?.email).toBe(isLetIn ? 'ada@example.com' : undefined);
  expect(hashes).toBe(1);
});

test('a hash of weaker parameters is made anew by who signs in with it, and by nobody else', async () => {
  const weak = hashSync(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
  await addAccount('early@example.com', weak);
  const stored = async () => {
    const rows = await selectRows<{ hash: string }>(
      server.url,
      "SELECT hash FROM password_credential JOIN account ON id = account_id WHERE email = 'early@example.com'",
    );
    return rows[0]?.hash ?? '';
  };
  const input = { identifier: 'early@example.com', password: 'something else entirely' };
  expect(await verifyPassword({ database, hasher }, input)).toBeUndefined();
  expect(await stored()).toBe(weak);
  // Of many at once each is let in, and one of their hashes stays.
  const all = await Promise.all(
    Array.from({ length: 5 }, () => verifyPassword({ database, hasher }, { ...input, password })),
  );
  expect(all.every(account => account !== undefined)).toBe(true);
  expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verifyPassword({ database, hasher }, { ...input, password })).toBeDefined();
});
