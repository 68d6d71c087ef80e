import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log/index.ts';
import { openBreachedPasswords } from '../../src/passwords/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type Asked, enterPassword } from '../support/enter-password.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runSql, selectRows } from '../support/services.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const sha1 = (text: string) => hash('sha1', text, 'hex').toUpperCase();
const leaked = 'a long sentence that leaked years ago';
const fresh = 'violet umbrellas sing quietly';

function listOf(passwords: readonly string[]): string {
  const file = join(tempFolder(), 'breached.txt');
  writeFileSync(
    file,
    passwords
      .map(text => `${sha1(text)}:3\r\n`)
      .toSorted()
      .join(''),
  );
  return file;
}

describe('a list of digests', () => {
  const nothing = {
    url: undefined,
    fetch: () => Promise.reject(new Error('nobody is asked')),
    log: createLogger({ level: 'silent' }),
    onFailure: () => {},
  };

  test('finds each that is in it, and no other, however long it is', async () => {
    const words = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(words, fc.string(), async (passwords, other) => {
        const list = await openBreachedPasswords({ ...nothing, file: listOf(passwords) });
        for (const each of passwords) expect(await list.check(each)).toBe(true);
        expect(await list.check(other)).toBe(passwords.includes(other));
        await list.close();
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['is not there', () => '/nowhere/breached.txt', 'BREACHED_PASSWORDS_LIST cannot be read'],
    [
      'holds something else',
      () => {
        const file = join(tempFolder(), 'x.txt');
        writeFileSync(file, 'password\n123456\n');
        return file;
      },
      'BREACHED_PASSWORDS_LIST must have SHA-1 digests',
    ],
  ])('that %s is said at the start', async (_what, file, message) => {
    await expect(openBreachedPasswords({ ...nothing, file: file() })).rejects.toThrow(message);
  });
});

let op: OpUnderTest;
let web: TestClient;
let rp: RpServer;
let stored: string;

async function start(settings: Record<string, string>): Promise<void> {
  op = await startOp(settings);
  web = await op.register();
  [{ hash: stored }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
}
const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const restore = () =>
  runSql(
    op.gatehouse.databaseUrl,
    `UPDATE password_credential SET hash = '${stored}', changed_at = now();
     DELETE FROM former_password; DELETE FROM attempt_bucket`,
  );

const sign = (password: string) => enterPassword(op, web, { person: { email: op.person.email, password } });

const choose = ({ agent, page }: Asked, password: string) =>
  agent.submit(page, 'reset-password-form', { password, action: 'change' });

/** Whether somebody is signed in there. */
async function isSignedIn(agent: UserAgent): Promise<boolean> {
  const silent = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
  return silent.params.get('error') !== 'login_required';
}

/** A new password by who is signed in. */
async function change(agent: UserAgent, password: string): Promise<Page> {
  const page = await agent.open(`${op.issuer}/account/password`);
  return agent.submit(page, 'reset-password-form', { password, sign_out: [] });
}

describe('a password that is on the list', () => {
  beforeAll(() => start({ BREACHED_PASSWORDS_LIST: listOf([leaked, 'the password of ada']) }));
  afterAll(() => op.close());
  afterEach(restore);

  test('is not taken for a new one, and why is said', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const refused = await change(agent, leaked);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('on lists that were stolen from other services');
    expect((await change(agent, fresh)).url).toBe(`${op.issuer}/account`);
  });

  test('opens nothing at sign-in but the way to another', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    // As if it had been chosen before the list was there.
    const list = await openBreachedPasswords({
      file: listOf([leaked]),
      url: undefined,
      fetch: () => Promise.reject(new Error('nobody is asked')),
      log: createLogger({ level: 'silent' }),
      onFailure: () => {},
    });
    expect(await list.check(leaked)).toBe(true);
    await list.close();
    await giveThem(leaked);
    const asking = await sign(leaked);
    expect(asking.page.text).toContain('Your password is on lists');
    expect(await isSignedIn(asking.agent)).toBe(false);
    const same = await choose(asking, leaked);
    expect(same.status).toBe(422);
    expect(same.text).toContain('This is the password you have');
    const weak = await choose({ ...asking, page: same }, 'short');
    expect(weak.status).toBe(422);
    expect(await isSignedIn(asking.agent)).toBe(false);
    await choose({ ...asking, page: weak }, fresh);
    expect(await isSignedIn(asking.agent)).toBe(true);
    expect((await sign(fresh)).page.text).not.toContain('reset-password-form');
    expect((await sign(leaked)).page.status).toBe(422);
  });
});

/** Whatever the rules say of it. */
async function giveThem(password: string): Promise<void> {
  const { createPasswordHasher } = await import('../../src/passwords/index.ts');
  const hasher = await createPasswordHasher({ concurrency: 1, queue: 1 });
  const made = await hasher.hash(password);
  await hasher.close();
  await runSql(op.gatehouse.databaseUrl, `UPDATE password_credential SET hash = '${made}'`);
}

describe('a service that is asked', () => {
  const range = () => `/range/${sha1(leaked).slice(0, 5)}`;
  beforeAll(async () => {
    rp = await startRpServer();
  });
  afterAll(() => rp.close());

  describe.each(['allow', 'refuse'] as const)('and where it does not answer: %s', onFailure => {
    beforeAll(() =>
      start({
        ...rp.environment,
        BREACHED_PASSWORDS_URL: `${rp.url}/range/`,
        BREACHED_PASSWORDS_ON_FAILURE: onFailure,
      }),
    );
    afterAll(() => op.close());
    beforeEach(() => {
      rp.received.length = 0;
      // Every other range is empty, but for padding.
      rp.documents.clear();
      for (const text of [op.person.password, fresh])
        rp.documents.set(`/range/${sha1(text).slice(0, 5)}`, `${sha1(text).slice(5)}:0\r\n`);
      rp.documents.set(range(), `${'0'.repeat(35)}:7\r\n${sha1(leaked).slice(5)}:2\r\n`);
    });
    afterEach(restore);

    test('learns five digits of a digest and nothing else', async () => {
      await giveThem(leaked);
      const { page } = await sign(leaked);
      expect(page.text).toContain('Your password is on lists');
      expect(rp.received.map(({ path }) => path)).toEqual([range()]);
      expect(rp.received[0]?.headers['add-padding']).toBe('true');
      expect(JSON.stringify(rp.received)).not.toContain(sha1(leaked).slice(5));
      const log = JSON.stringify(op.gatehouse.log);
      expect(log).not.toContain(leaked);
      expect(log).not.toContain(sha1(leaked).slice(0, 5));
    });

    test('what it does not know is good, also as padding', async () => {
      const agent = op.browser();
      await op.authorize({ client: web, agent });
      expect((await change(agent, fresh)).url).toBe(`${op.issuer}/account`);
    });

    test('and its failure is counted', async () => {
      const agent = op.browser();
      await op.authorize({ client: web, agent });
      rp.documents.clear();
      const { page } = await sign(op.person.password);
      expect(page.status).toBe(onFailure === 'allow' ? 303 : 503);
      if (onFailure === 'refuse') expect(page.headers.get('retry-after')).toBe('30');
      const changed = await change(agent, fresh);
      expect(changed.text.includes('could not be checked right now')).toBe(onFailure === 'refuse');
      expect(changed.status).toBe(onFailure === 'allow' ? 200 : 422);
      const operations = await fetch(`${op.gatehouse.facts.operations_url}/metrics`);
      expect(await operations.text()).toMatch(
        /gatehouse_breached_passwords_failures_total\{reason="unreachable"\} [1-9]/,
      );
    });
  });
});

describe('a policy that looks back and forward', () => {
  beforeAll(() => start({ PASSWORD_POLICY: 'pci-dss-4' }));
  afterAll(() => op.close());
  afterEach(restore);

  test('says its rules before anything is typed', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const page = await agent.open(`${op.issuer}/account/password`);
    expect(page.text).toContain('At least 12 characters, with letters and digits.');
    expect((await change(agent, 'violet umbrellas')).text).toContain(
      'The password needs letters and digits.',
    );
  });

  test('none of the last four comes back, the fifth may', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const five = [1, 2, 3, 4, 5].map(nth => `violet ${nth} umbrellas sing`);
    for (const password of five.slice(0, 4)) expect((await change(agent, password)).status).toBe(200);
    for (const password of five.slice(0, 4)) {
      const refused = await change(agent, password);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('none of your last 4');
    }
    expect((await change(agent, five[4] ?? '')).status).toBe(200);
    expect((await change(agent, five[0] ?? '')).status).toBe(200);
    expect(await select('SELECT 1 FROM former_password')).toHaveLength(3);
  });

  test('after ninety days another is asked for at sign-in, not a day earlier', async () => {
    const age = (days: number) =>
      runSql(
        op.gatehouse.databaseUrl,
        `UPDATE password_credential SET changed_at = now() - interval '${days} days'`,
      );
    await age(89);
    const early = await sign(op.person.password);
    expect(early.page.text).not.toContain('Your password is too old');
    await age(91);
    const late = await sign(op.person.password);
    expect(late.page.text).toContain('Your password is too old');
    expect(await isSignedIn(late.agent)).toBe(false);
    await choose(late, 'violet 7 umbrellas sing');
    expect(await isSignedIn(late.agent)).toBe(true);
  });
});

describe('a pepper', () => {
  const key = (id: string, byte: number) => `${id}:${Buffer.alloc(32, byte).toString('base64url')}`;
  const hashes = () => select<{ hash: string }>('SELECT hash FROM password_credential');

  test('is in every new hash, moves with a sign-in, and without it no hash is worth anything', async () => {
    await start({ PASSWORD_PEPPERS: `${key('b', 2)},${key('a', 1)}` });
    expect((await hashes())[0]?.hash).toMatch(/^pepper:b\$argon2id\$/);
    const { createPasswordHasher } = await import('../../src/passwords/index.ts');
    const older = await createPasswordHasher({
      concurrency: 1,
      queue: 1,
      peppers: [{ id: 'a', bytes: Buffer.alloc(32, 1) }],
    });
    const plain = await createPasswordHasher({ concurrency: 1, queue: 1 });
    for (const hasher of [older, plain]) {
      const made = await hasher.hash(op.person.password);
      await runSql(op.gatehouse.databaseUrl, `UPDATE password_credential SET hash = '${made}'`);
      expect((await op.authorize({ client: web })).params.get('code')).not.toBeNull();
      expect((await hashes())[0]?.hash).toMatch(/^pepper:b\$/);
    }
    const bare = (await hashes())[0]?.hash.replace('pepper:b', '');
    expect(await plain.verify(bare, op.person.password)).toBe(false);
    await runSql(
      op.gatehouse.databaseUrl,
      "UPDATE password_credential SET hash = replace(hash, 'pepper:b', 'pepper:c')",
    );
    const { page } = await sign(op.person.password);
    expect(page.status).toBe(500);
    expect(JSON.stringify(op.gatehouse.log)).toContain('PASSWORD_PEPPERS does not have');
    await Promise.all([older.close(), plain.close()]);
    await op.close();
  });
});
