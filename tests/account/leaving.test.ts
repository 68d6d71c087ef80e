import { authorizationCodeGrant, fetchUserInfo, refreshTokenGrant, skipSubjectCheck } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const dayMs = 24 * 60 * 60 * 1000;

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
});
afterAll(() => op.close());
afterEach(async () => {
  vi.useRealTimers();
  await runSql(
    op.gatehouse.databaseUrl,
    "UPDATE account SET status = 'active', closes_at = NULL, is_owner = false",
  );
});

const statusOf = async () =>
  (
    await selectRows<{ status: string }>(
      op.gatehouse.databaseUrl,
      `SELECT status FROM account WHERE email = '${op.person.email}'`,
    )
  )[0]?.status;

async function signIn() {
  const agent = op.browser();
  const response = await op.authorize({
    client: web,
    agent,
    params: { scope: 'openid offline_access', prompt: 'consent' },
  });
  return { agent, tokens: await authorizationCodeGrant(web.config, response.url, checksOf(response)) };
}

async function leave(agent: UserAgent, fields: Record<string, string>) {
  return agent.submit(await agent.open(`${op.issuer}/account/close`), 'close-form', fields);
}

/** The page that comes after the right password. */
async function signInAgain(agent = op.browser()) {
  const asked = await agent.open(`${op.issuer}/account`);
  return { agent, ...(await answerPages(agent, asked, op.person)) };
}

const closing = { action: 'close', understood: 'yes' };
const mailsAbout = async (subject: string) =>
  (await mailsTo(op.gatehouse, op.person.email)).filter(mail => mail.subject === subject);

describe('who leaves', () => {
  test.each([
    ['for a while', { action: 'deactivate' }, 'deactivated', 'Your account is deactivated'],
    ['for good', closing, 'closing', 'Your account is closed'],
  ])('%s is signed out everywhere, and comes back by the right password and a button', async (...row) => {
    const [, fields, status, words] = row;
    const [here, elsewhere] = [await signIn(), await signIn()];
    const page = await leave(here.agent, fields);
    expect(page.text).toContain(words);
    expect(await statusOf()).toBe(status);
    for (const { tokens, agent } of [here, elsewhere]) {
      await expect(fetchUserInfo(web.config, tokens.access_token, skipSubjectCheck)).rejects.toThrow();
      await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toThrow();
      const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
      expect(params.get('error')).toBe('login_required');
    }

    const wrong = await op.browser().open(`${op.issuer}/account`);
    expect(wrong.text).toContain('identifier-form');
    const { agent, page: asked } = await signInAgain();
    expect(asked.text).toContain('id="confirm-form"');
    // The right password alone opens nothing.
    expect(await statusOf()).toBe(status);
    expect((await agent.open(`${op.issuer}/account`)).text).toContain('identifier-form');
    const heard = (await mailsAbout('Your account is back')).length;
    const home = await agent.submit(asked, 'confirm-form', { action: 'confirm' });
    expect(home.url).toBe(`${op.issuer}/account`);
    expect(home.text).toContain(op.person.email);
    expect(await statusOf()).toBe('active');
    const back = 'Your account is back';
    await until('the person hears of it', async () => (await mailsAbout(back)).length > heard);
  });

  test('and thinks better of coming back stays away; the app hears that it was cancelled', async () => {
    const { agent } = await signIn();
    await leave(agent, closing);
    const { agent: other, page } = await signInAgain();
    const cancelled = await other.submit(page, 'confirm-form', { action: 'cancel' });
    expect(cancelled.text).toContain('Nothing was changed');
    expect(await statusOf()).toBe('closing');
  });

  test('cannot be told from who does not exist by whoever does not know the password', async () => {
    const { agent } = await signIn();
    await leave(agent, { action: 'deactivate' });
    const refused = async (email: string) => {
      const visitor = op.browser();
      const asked = await visitor.open(`${op.issuer}/account`);
      const named = await visitor.submit(asked, 'identifier-form', { identifier: email });
      const { status, text } = await visitor.submit(named, 'password-form', { password: 'not this one' });
      return {
        status,
        text: text
          .replaceAll(email, '')
          .replace(/name="csrf" value="[^"]*"/, '')
          .replace(/data-passkey-request="[^"]*"/, '')
          .replace(/\/interaction\/[\w-]+/g, ''),
      };
    };
    expect(await refused(op.person.email)).toEqual(await refused('nobody@example.com'));
  });
});

describe('a closed account', () => {
  test('is taken back by the link in the mail, once, and by nothing that only opens it', async () => {
    const { agent } = await signIn();
    const closed = 'Your account is closed';
    const known = (await mailsAbout(closed)).length;
    await leave(agent, closing);
    const { text } = await until('the mail arrives', async () => (await mailsAbout(closed))[known]);
    const link = /http\S+\/reopen\/\S+/.exec(text)?.[0] ?? '';
    const visitor = op.browser();
    const page = await visitor.open(link);
    expect(page.text).toContain('will be erased on');
    expect(await statusOf()).toBe('closing');
    const pressed = await Promise.all(
      Array.from({ length: 20 }, () => visitor.clone().submit(page, 'confirm-form', { action: 'confirm' })),
    );
    expect(pressed.filter(({ text: said }) => said.includes('Your account is back'))).toHaveLength(1);
    expect(await statusOf()).toBe('active');
    expect((await visitor.open(link)).status).toBe(410);
    expect((await visitor.open(`${op.issuer}/reopen/${'x'.repeat(43)}`)).status).toBe(410);
  });

  test('is not closed without understanding, by the only owner, or with a sign-in of an hour ago', async () => {
    const { agent } = await signIn();
    const page = await leave(agent, { action: 'close' });
    expect(page.status).toBe(422);
    expect(page.text).toContain('Tick the box');
    await runSql(op.gatehouse.databaseUrl, 'UPDATE account SET is_owner = true');
    for (const fields of [closing, { action: 'deactivate' }]) {
      const refused = await leave(agent, fields);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('You are the only owner');
    }
    expect(await statusOf()).toBe('active');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect((await agent.open(`${op.issuer}/account/close`)).text).toContain('password-form');
  });

  test('is still there the day before its time is over', async () => {
    const { agent } = await signIn();
    await leave(agent, closing);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29 * dayMs });
    const { page } = await signInAgain();
    expect(page.text).toContain('id="confirm-form"');
  });
});
