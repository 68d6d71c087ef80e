import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo } from '../support/mailbox.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const fresh = 'countess@lantern.example';
const other = 'eve@lantern.example';

let op: OpUnderTest;
let web: TestClient;
let agent: UserAgent;
let hash: string;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
  [{ hash }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
});
afterAll(() => op.close());
beforeEach(async () => {
  vi.useRealTimers();
  await runSql(
    op.gatehouse.databaseUrl,
    `DELETE FROM email_challenge; DELETE FROM email_change; DELETE FROM one_use_link; DELETE FROM attempt_bucket;
     DELETE FROM account WHERE email = '${other}';
     UPDATE account SET email = '${op.person.email}', email_key = '${op.person.email}', email_verified = true;
     INSERT INTO password_credential (account_id, hash, changed_at)
       SELECT id, '${hash}', now() FROM account ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash`,
  );
  agent = op.browser();
  await op.authorize({ client: web, agent });
});

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const account = async () =>
  (
    await select<{ email: string; email_verified: boolean }>(
      'SELECT email, email_verified FROM account ORDER BY created_at LIMIT 1',
    )
  )[0];

async function ask(email: string, fields: Record<string, string> = {}) {
  const page = await agent.open(`${op.issuer}/account/email`);
  return agent.submit(page, 'change-email-form', { email, action: 'change', ...fields });
}

/** The link of the latest mail with this subject. */
async function linkIn(address: string, subject: string, known = 0): Promise<string> {
  const mail = await until(`"${subject}" arrives at ${address}`, async () => {
    const mails = (await mailsTo(op.gatehouse, address)).filter(each => each.subject === subject);
    return mails.length > known ? mails.at(-1) : undefined;
  });
  return /http\S+/.exec(mail.text)?.[0] ?? '';
}
const countOf = async (address: string, subject: string) =>
  (await mailsTo(op.gatehouse, address)).filter(each => each.subject === subject).length;

/** Opens a link in another browser and presses its button. */
async function press(link: string, browser = op.browser()) {
  return browser.submit(await browser.open(link), 'confirm-form', { action: 'confirm' });
}

const toNew = 'Confirm your new address';
const toOld = 'Another address for your account?';

/** Asks for an address and hands out both links. */
async function askFor(email: string, from = op.person.email) {
  const [one, two] = [await countOf(email, toNew), await countOf(from, toOld)];
  expect((await ask(email)).text).toContain('Check your email');
  return { asNew: await linkIn(email, toNew, one), asOld: await linkIn(from, toOld, two) };
}

async function change(email: string, from = op.person.email): Promise<string> {
  const undo = 'Your account has another address';
  const known = await countOf(from, undo);
  const { asNew, asOld } = await askFor(email, from);
  await press(asNew);
  await press(asOld);
  return linkIn(from, undo, known);
}

describe('another address', () => {
  test.each([
    ['the new end first', 'asNew', 'asOld'],
    ['the old end first', 'asOld', 'asNew'],
  ] as const)('counts when both ends agree, %s; apps see it', async (_, first, second) => {
    const links = await askFor(fresh);
    const half = await press(links[first]);
    expect(half.text).toContain('One more to go');
    expect(await account()).toMatchObject({ email: op.person.email });
    // Each end has one voice.
    expect((await op.browser().open(links[first])).status).toBe(410);
    const done = await press(links[second]);
    expect(done.text).toContain('The address is confirmed');
    expect(await account()).toEqual({ email: fresh, email_verified: true });

    const person = { email: fresh, password: op.person.password };
    const params = { scope: 'openid email', prompt: 'consent' };
    const response = await op.authorize({ client: web, agent: op.browser(), person, params });
    const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
    await until('apps see it', async () => {
      const info = await fetchUserInfo(web.config, tokens.access_token, skipSubjectCheck);
      return info.email === fresh && info.email_verified === true;
    });
  });

  test('is asked for by who signed in a moment ago, and has to be one', async () => {
    const refused = await ask('countess');
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('Enter an email address');
    expect(refused.text).toContain('value="countess"');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect((await agent.open(`${op.issuer}/account/email`)).text).toContain('password-form');
  });

  test('of somebody else is not told from any other; only its owner hears, and nothing changes', async () => {
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at)
       VALUES ('019ac000-0000-7000-8000-000000000001', '${other}', '${other}', now(), now())`,
    );
    const known = await countOf(op.person.email, toOld);
    const asked = await ask(other.toUpperCase());
    const free = await ask(fresh);
    expect(asked.text).toBe(free.text);
    await linkIn(other, 'This address has an account already').catch(() => '');
    expect(await countOf(other, toNew)).toBe(0);
    expect(await countOf(op.person.email, toOld)).toBeGreaterThan(known);
    expect(await account()).toMatchObject({ email: op.person.email });
  });

  test('is not given to two accounts whose links are used at once', async () => {
    const { asNew, asOld } = await askFor(fresh);
    await press(asOld);
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at)
       VALUES ('019ac000-0000-7000-8000-000000000001', '${other}', '${fresh}', now(), now())`,
    );
    const browser = op.browser();
    const page = await browser.open(asNew);
    const late = await browser.submit(page, 'confirm-form', { action: 'confirm' });
    expect(late.status).toBe(410);
    expect(await account()).toMatchObject({ email: op.person.email });
  });

  test('is changed once by twenty uses of its links at once', async () => {
    const changes = async () =>
      (await select("SELECT 1 FROM audit_event WHERE type = 'email.changed'")).length;
    const before = await changes();
    const { asNew, asOld } = await askFor(fresh);
    const browser = op.browser();
    const pages = [await browser.open(asNew), await browser.open(asOld)];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) =>
        browser.clone().submit(pages[nth % 2] ?? pages[0]!, 'confirm-form', { action: 'confirm' }),
      ),
    );
    const said = (words: string) => answers.filter(({ text }) => text.includes(words)).length;
    expect([said('The address is confirmed'), said('One more to go')]).toEqual([1, 1]);
    expect(await account()).toMatchObject({ email: fresh });
    expect(await changes()).toBe(before + 1);
  });

  test('that is asked for again ends the links of the first wish', async () => {
    const first = await askFor(fresh);
    await askFor(other);
    expect((await op.browser().open(first.asNew)).status).toBe(410);
    expect((await op.browser().open(first.asOld)).status).toBe(410);
  });

  test('that nobody has proven is proven by its own link alone, or replaced by one', async () => {
    await runSql(op.gatehouse.databaseUrl, 'UPDATE account SET email_verified = false');
    expect((await agent.open(`${op.issuer}/account`)).text).toContain(
      'Nobody has confirmed this address yet',
    );
    const known = await countOf(op.person.email, toNew);
    await ask('', { action: 'prove' });
    expect(await account()).toMatchObject({ email_verified: false });
    await press(await linkIn(op.person.email, toNew, known));
    expect(await account()).toEqual({ email: op.person.email, email_verified: true });
  });
});

describe('the way back', () => {
  test('from the old address: it is the address again, all are signed out, and the password is good for nothing', async () => {
    const undo = await change(fresh);
    const reset = 'Choose a new password';
    const known = await countOf(op.person.email, reset);
    const done = await press(undo);
    expect(done.text).toContain('The address is back');
    expect(await account()).toEqual({ email: op.person.email, email_verified: true });
    expect(await select('SELECT 1 FROM password_credential')).toEqual([]);
    const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(params.get('error')).toBe('login_required');
    const browser = op.browser();
    const page = await browser.open(await linkIn(op.person.email, reset, known));
    const chosen = await browser.submit(page, 'reset-password-form', {
      password: 'a new sentence of the countess',
    });
    expect(chosen.text).toContain('Your password is changed');
    const person = { email: op.person.email, password: 'a new sentence of the countess' };
    expect(
      (await op.authorize({ client: web, agent: op.browser(), person })).params.get('code'),
    ).not.toBeNull();
    expect((await op.browser().open(undo)).status).toBe(410);
  });

  test('beats what came after the change: whoever moved it on cannot take it back again', async () => {
    const undoFirst = await change(fresh);
    const undoSecond = await change(other, fresh);
    expect(await account()).toMatchObject({ email: other });
    await press(undoFirst);
    expect(await account()).toMatchObject({ email: op.person.email });
    expect((await op.browser().open(undoSecond)).status).toBe(410);
    expect(await account()).toMatchObject({ email: op.person.email });
  });

  test('is open for two weeks, and once for twenty uses at once', async () => {
    const undo = await change(fresh);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * 24 * 3_600_000 });
    expect((await op.browser().open(undo)).status).toBe(410);
    vi.useRealTimers();
    const browser = op.browser();
    const page = await browser.open(undo);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => browser.clone().submit(page, 'confirm-form', { action: 'confirm' })),
    );
    expect(answers.filter(({ text }) => text.includes('The address is back'))).toHaveLength(1);
  });
});
