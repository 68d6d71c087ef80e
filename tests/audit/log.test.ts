import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import { extendLog, recordEvent } from '../../src/audit/index.ts';
import { GrowingTree, leafHash } from '../../src/audit/merkle-tree.ts';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { type KeyRing, localPrivateKeys, openKeyRing } from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { auditWitness } from '../../src/start/audit-witness.ts';
import { encryptionKeys, makeEncryptionKey } from '../../src/start/index.ts';
import { createSealer, type Database, openDatabase, type Sealer } from '../../src/store/index.ts';
import { runCli } from '../support/run-cli.ts';
import { freshDatabase, runSql, selectRows, type TestDatabase } from '../support/services.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('the tree (RFC 9162 section 2.1.1)', () => {
  /** As the RFC writes it, by halves. */
  function rootOf(leaves: readonly Buffer[]): Buffer {
    const [only] = leaves;
    if (only === undefined) return createHash('sha256').digest();
    if (leaves.length === 1) return only;
    let left = 1;
    while (left * 2 < leaves.length) left *= 2;
    const parts = [Buffer.from([1]), rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left))];
    return createHash('sha256').update(Buffer.concat(parts)).digest();
  }

  test('has the root that the RFC defines, at every size, also when it is taken up again', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(70), (size, stop) => {
        const leaves = Array.from({ length: size }, (_, index) => leafHash(String(index)));
        let tree = new GrowingTree();
        leaves.forEach((leaf, index) => {
          if (index === stop) tree = new GrowingTree(tree.size, tree.frontier);
          tree.append(leaf);
        });
        expect(tree.root().equals(rootOf(leaves))).toBe(true);
      }),
    );
  });
});

describe('the log', () => {
  let postgres: TestDatabase;
  let database: Database;
  let environment: Record<string, string>;
  let sealer: Sealer;
  let keys: KeyRing;
  const folder = tempFolder();
  let accountId: string;
  const issuer = 'https://id.lantern.example';
  beforeEach(async () => {
    postgres = await freshDatabase();
    database = openDatabase({ url: postgres.url, poolSize: 6 });
    environment = { DATABASE_URL: postgres.url, ENCRYPTION_KEYS: makeEncryptionKey() };
    sealer = createSealer(encryptionKeys(loadSettings(environment)));
    const log = createLogger({ level: 'silent' });
    const policy = { rotationMs: 90 * 86_400_000, announcementMs: 86_400_000 };
    const deps = { database, clock: systemClock, sealer, privateKeys: localPrivateKeys, log, policy };
    keys = await openKeyRing(deps);
    keys.close();
    accountId = await database.prisma.$transaction(transaction =>
      createAccount(
        { transaction, clock: systemClock },
        { email: 'ada@example.com', isEmailVerified: true, claims: {}, isOwner: false },
      ),
    );
    writeFileSync(witnessFile(), '');
  });
  afterEach(async () => {
    await database.close();
    await postgres.drop();
  });

  const witnessFile = () => join(folder, 'witness');
  const deps = () => ({
    database,
    clock: systemClock,
    issuer,
    signer: () => keys.current().signing[0] as NonNullable<ReturnType<KeyRing['current']>['signing'][0]>,
    witness: auditWitness(witnessFile()),
  });
  async function record(count: number): Promise<void> {
    for (let each = 0; each < count; each += 1) {
      await database.prisma.$transaction(transaction =>
        recordEvent(transaction, { clock: systemClock, sealer }, { type: 'avatar.changed', accountId }),
      );
    }
  }
  /** What somebody does who owns the database. */
  const tamper = (sql: string) => runSql(postgres.url, `SET session_replication_role = replica; ${sql}`);
  const verify = (...words: string[]) => runCli(environment, 'audit', 'verify', ...words);
  const ids = async () =>
    (
      await selectRows<{ event_id: string }>(postgres.url, 'SELECT event_id FROM audit_leaf ORDER BY number')
    ).map(row => row.event_id);

  test('numbers every event once, over any number of processes, and finds nothing where nothing was changed', async () => {
    await record(20);
    await Promise.all([extendLog(deps()), extendLog(deps()), extendLog(deps())]);
    await record(3);
    expect(await extendLog(deps())).toBe(3);
    expect(await extendLog(deps())).toBe(0);
    const numbers = await selectRows<{ number: string }>(
      postgres.url,
      'SELECT number FROM audit_leaf ORDER BY number',
    );
    expect(numbers.map(({ number }) => Number(number))).toEqual(
      Array.from({ length: 23 }, (_, index) => index),
    );
    const { code, said } = await verify('--witness', witnessFile());
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringMatching(/^23 events, root \S+: nothing was changed\.$/) as string,
    });
    expect(readFileSync(witnessFile(), 'utf8').trim().split('\n').length).toBeGreaterThanOrEqual(2);
  });

  test('says the same to programs, and what file it cannot read', async () => {
    await record(1);
    await extendLog(deps());
    const { said } = await verify('--json');
    expect(JSON.parse(said)).toMatchObject({ size: 1, problems: [] });
    const unreadable = await verify('--witness', join(folder, 'nothing'));
    expect(unreadable).toEqual({
      code: 1,
      said: expect.stringContaining('nothing cannot be read') as string,
    });
  });

  test('names the event that was changed', async () => {
    await record(5);
    await extendLog(deps());
    const third = (await ids())[2] ?? '';
    await tamper(`UPDATE audit_event SET type = 'password.changed' WHERE id = '${third}'`);
    const { code, said } = await verify();
    expect(code).toBe(1);
    expect(said).toContain(`Event ${third} (number 2) was changed.`);
    expect(said).toContain('1 findings');
  });

  test('knows that the newest are gone, also when every trace of them is, where a witness kept a checkpoint', async () => {
    await record(5);
    await extendLog(deps());
    await record(2);
    await extendLog(deps());
    const gone = (await ids())
      .slice(5)
      .map(id => `'${id}'`)
      .join();
    await tamper(`DELETE FROM audit_event WHERE id IN (${gone})`);
    expect((await verify()).said).toContain('(number 5) was removed before its time');
    await tamper('DELETE FROM audit_leaf WHERE number >= 5');
    expect((await verify()).said).toContain('The newest 2 events are gone');
    await tamper('DELETE FROM audit_checkpoint WHERE size > 5');
    expect((await verify()).code).toBe(0);
    const { code, said } = await verify('--witness', witnessFile());
    expect(code).toBe(1);
    expect(said).toContain('The newest 2 events are gone: a checkpoint knows 7, the log ends at 5.');
  });

  test('names both of two that changed places', async () => {
    await record(5);
    await extendLog(deps());
    const [, second = '', , fourth = ''] = await ids();
    await tamper(`
      UPDATE audit_leaf SET number = -1 WHERE event_id = '${second}';
      UPDATE audit_leaf SET number = 1 WHERE event_id = '${fourth}';
      UPDATE audit_leaf SET number = 3 WHERE event_id = '${second}'`);
    const { said } = await verify();
    expect(said).toContain(`Event ${second} (number 3) was changed.`);
    expect(said).toContain(`Event ${fourth} (number 1) was changed.`);
    expect(said).toContain('The first 5 events are not those of the checkpoint.');
  });

  test('names one that was added past the trigger, and a checkpoint that nobody here signed', async () => {
    await record(2);
    await extendLog(deps());
    await tamper(`
      INSERT INTO audit_event (id, at, type, outcome, actor_kind, sealed)
        VALUES ('0193a1b2-0000-7000-8000-00000000beef', now(), 'email.changed', 'success', 'account', 'x');
      UPDATE audit_checkpoint SET signature = signature || 'A'`);
    const { said } = await verify();
    expect(said).toContain('Event 0193a1b2-0000-7000-8000-00000000beef is in the trail and not in the log.');
    expect(said).toContain('is not signed by a key of this Gatehouse');
  });

  test('holds after an erasure, and after events whose time is over', async () => {
    await record(5);
    await extendLog(deps());
    await runSql(postgres.url, 'DELETE FROM account');
    expect((await verify()).code).toBe(0);
    await runSql(postgres.url, 'DELETE FROM audit_event');
    expect((await verify()).code).toBe(1);
    await tamper("UPDATE audit_leaf SET at = now() - interval '2 years'");
    expect((await verify()).code).toBe(0);
  });

  test('nobody changes an event or a leaf by way of the application', async () => {
    await record(1);
    await extendLog(deps());
    for (const sql of [
      "UPDATE audit_event SET outcome = 'failure'",
      'UPDATE audit_leaf SET number = 7',
      'DELETE FROM audit_leaf',
    ]) {
      await expect(runSql(postgres.url, sql)).rejects.toThrow('append-only');
    }
  });
});
