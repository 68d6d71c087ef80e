import {
  genericGrantRequest,
  initiateBackchannelAuthentication,
  initiateDeviceAuthorization,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { grantType as ciba, decide, kiosk } from '../conformance/ciba-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type AuthenticatorApp, enrolApp } from '../support/authenticator-app.ts';
import { enterPassword } from '../support/enter-password.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { mailsTo, type ReceivedMail } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const device = 'urn:ietf:params:oauth:grant-type:device_code';
const multi = 'urn:gatehouse:acr:multi-factor';
const nobody = { email: '', password: '' };

let op: OpUnderTest;
let web: TestClient;
let hash: string;
let app: AuthenticatorApp;
beforeAll(async () => {
  op = await startOp({ PASSWORD_POLICY: 'pci-dss-4' });
  web = await op.register({ client_name: 'Lantern Travel' });
  [{ hash }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
});
afterAll(() => op.close());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  ({ app } = await enrolApp(op));
  vi.setSystemTime(Date.now() + 60_000);
});
afterEach(async () => {
  vi.useRealTimers();
  await forgetFactors(
    op.gatehouse,
    `UPDATE password_credential SET hash = '${hash}', changed_at = now(); DELETE FROM former_password; UPDATE account SET status = 'active'`,
  );
});

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const isAsked = ({ text }: Page) => text.includes('id="challenge-form"');
const enter = (agent: UserAgent, page: Page) =>
  agent.submit(page, 'challenge-form', { code: app.code(), action: 'verify' });
const codeIn = ({ text }: ReceivedMail) => /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';
const mailAbout = (subject: string) =>
  until(`a mail arrives: ${subject}`, async () =>
    (await mailsTo(op.gatehouse, op.person.email)).findLast(mail => mail.subject === subject),
  );
/** At the page for the password. */
async function atPassword(agent = op.browser()) {
  const { page } = await enterPassword(op, web, { agent, person: { ...nobody, email: op.person.email } });
  return { agent, page };
}

describe('no way in goes past a second factor', () => {
  test('a password that was reset', async () => {
    const { agent, page } = await atPassword();
    const recover = await agent.submit(page, 'password-form', { action: 'forgot' });
    const asked = await agent.submit(recover, 'recover-form', { email: op.person.email, action: 'continue' });
    const mail = await mailAbout('Reset your password');
    const proven = await agent.submit(asked, 'prove-address-form', {
      code: codeIn(mail),
      action: 'continue',
    });
    const reset = await agent.submit(proven, 'reset-password-form', {
      password: 'violet umbrellas 4 all of us',
    });
    expect(isAsked(reset)).toBe(true);
    expect((await agent.open(`${op.issuer}/account`)).text).toContain('id="identifier-form"');
    const { page: last } = await answerPages(agent, await enter(agent, reset), op.person);
    expect(new URL(last.url).searchParams.has('code')).toBe(true);
  });

  test('a code by mail in place of the password', async () => {
    const { agent, page } = await atPassword();
    const asked = await agent.submit(page, 'password-form', { action: 'code' });
    expect(asked.text).toContain('id="prove-address-form"');
    const mail = await mailAbout('Your code to sign in');
    const proven = await agent.submit(asked, 'prove-address-form', {
      code: codeIn(mail),
      action: 'continue',
    });
    expect(isAsked(proven)).toBe(true);
    const { page: last } = await answerPages(agent, await enter(agent, proven), op.person);
    expect(new URL(last.url).searchParams.has('code')).toBe(true);
  });

  test('a password that has to be changed: nobody changes it before the second factor', async () => {
    await runSql(
      op.gatehouse.databaseUrl,
      "UPDATE password_credential SET changed_at = now() - interval '100 days'",
    );
    const { agent, page } = await enterPassword(op, web, {});
    expect(isAsked(page)).toBe(true);
    const change = await enter(agent, page);
    expect(change.text).toContain('id="reset-password-form"');
    const done = await agent.submit(change, 'reset-password-form', {
      password: 'violet umbrellas 4 all of us',
    });
    const { page: last } = await answerPages(agent, done, op.person);
    expect(new URL(last.url).searchParams.has('code')).toBe(true);
  });

  test('an account that was left: nobody takes it back before the second factor', async () => {
    await runSql(op.gatehouse.databaseUrl, "UPDATE account SET status = 'deactivated'");
    const { agent, page } = await enterPassword(op, web, {});
    expect(isAsked(page)).toBe(true);
    expect((await enter(agent, page)).text).toContain('id="confirm-form"');
  });

  test('a device (RFC 8628)', async () => {
    const television = await op.register({
      token_endpoint_auth_method: 'none',
      grant_types: [device],
      redirect_uris: [],
      response_types: [],
    });
    const { user_code, device_code } = await initiateDeviceAuthorization(television.config, {
      scope: 'openid',
      acr_values: multi,
    });
    const poll = () => genericGrantRequest(television.config, device, { device_code });
    const agent = op.browser();
    const entry = await agent.open(`${op.issuer}/device`);
    const confirm = await agent.submit(entry, 'device-form', { user_code });
    const { page } = await answerPages(agent, await agent.submit(confirm, 'device-confirm-form'), op.person);
    expect(isAsked(page)).toBe(true);
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' });
    await answerPages(agent, await enter(agent, page), op.person);
    expect((await poll()).claims()).toMatchObject({ acr: multi, amr: ['pwd', 'otp', 'mfa'] });
  });

  test('a request from elsewhere (CIBA), with what the client asks and its registration says', async () => {
    const till = await op.register({ ...kiosk, backchannel_token_delivery_mode: 'poll' });
    const { auth_req_id } = await initiateBackchannelAuthentication(till.config, {
      scope: 'openid',
      login_hint: op.person.email,
    });
    const agent = op.browser();
    const [row] = await select<{ id: string }>('SELECT id FROM backchannel_request ORDER BY id DESC LIMIT 1');
    const { page } = await answerPages(
      agent,
      await agent.open(`${op.issuer}/approve/${row?.id ?? ''}`),
      op.person,
    );
    expect(isAsked(page)).toBe(true);
    await answerPages(agent, await enter(agent, page), op.person);
    await decide(op, 'approved', agent);
    const tokens = await genericGrantRequest(till.config, ciba, { auth_req_id });
    expect(tokens.claims()).toMatchObject({ acr: multi });
  });
});

test('a request from elsewhere for who signed in with one factor: the client’s minimum is asked for', async () => {
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM totp_credential; DELETE FROM recovery_code');
  const agent = op.browser();
  await op.authorize({ client: web, agent });
  const till = await op.register({
    ...kiosk,
    backchannel_token_delivery_mode: 'poll',
    minimum_acr: multi,
  });
  await initiateBackchannelAuthentication(till.config, { scope: 'openid', login_hint: op.person.email });
  const [row] = await select<{ id: string }>('SELECT id FROM backchannel_request ORDER BY id DESC LIMIT 1');
  const sent = await agent.open(`${op.issuer}/approve/${row?.id ?? ''}`);
  expect(new URL(sent.url).pathname).toBe('/account/factors');
});

describe('steps out of order', () => {
  test('an empty form, another form, and a factor that the account has not: nothing moves', async () => {
    const { agent, page } = await enterPassword(op, web, {});
    for (const fields of [
      {},
      { code: '' },
      { code: '', action: 'verify' },
      { action: 'continue' },
      { action: 'allow', scope: 'openid' },
      { password: op.person.password, action: 'sign-in' },
      { saved: 'yes' },
      { passkey: '{}', action: 'passkey' },
    ]) {
      const sent = await agent.clone().submit(page, 'challenge-form', fields);
      expect(sent.status).toBe(422);
      expect(isAsked(sent)).toBe(true);
    }
    for (const action of [
      'use-password',
      'use-email-code',
      'use-passkey',
      'use-__proto__',
      'later',
      'never',
      'other',
    ]) {
      const sent = await agent.clone().submit(page, 'challenge-form', { action, code: '' });
      expect(isAsked(sent)).toBe(true);
    }
    const { page: last } = await answerPages(agent, await enter(agent, page), op.person);
    expect(new URL(last.url).searchParams.has('code')).toBe(true);
  });

  test('a form of an earlier step, sent again, answers nothing that is asked now', async () => {
    const { agent, page: password } = await atPassword();
    const question = await agent.submit(password, 'password-form', {
      password: op.person.password,
      action: 'sign-in',
    });
    expect(isAsked(question)).toBe(true);
    const again = await agent.submit(password, 'password-form', {
      password: op.person.password,
      action: 'sign-in',
    });
    expect(isAsked(again)).toBe(true);
    expect(again.status).toBe(200);
  });

  test('half a sign-in belongs to its browser: another one cannot finish it, nor is it finished for somebody else', async () => {
    const { agent, page } = await enterPassword(op, web, {});
    const stranger = op.browser();
    expect((await stranger.open(page.url)).status).toBe(400);
    const victim = op.browser();
    await op.authorize({ client: web, agent: victim });
    expect((await victim.open(page.url)).status).toBe(400);
    expect((await enter(agent, page)).status).toBeLessThan(400);
  });

  test('half a sign-in opens neither a silent answer, nor the account, nor its pages', async () => {
    const sessions = await select('SELECT 1 FROM account_session');
    const { agent } = await enterPassword(op, web, {});
    const silent = await op.authorize({ client: web, agent: agent.clone(), params: { prompt: 'none' } });
    expect(silent.params.get('error')).toBe('login_required');
    for (const path of ['/account', '/account/factors', '/account/password', '/account/export']) {
      expect((await agent.clone().open(op.issuer + path)).text).toContain('id="identifier-form"');
    }
    expect(await select('SELECT 1 FROM account_session')).toHaveLength(sessions.length);
  });

  test('tabs side by side: each goes its own way, and a code counts in one of them', async () => {
    const agent = op.browser();
    const one = await enterPassword(op, web, { agent });
    const two = await enterPassword(op, web, { agent });
    const first = await enter(agent, two.page);
    expect(new URL((await answerPages(agent, first, op.person)).page.url).searchParams.has('code')).toBe(
      true,
    );
    const second = await agent.submit(one.page, 'challenge-form', { code: app.code(), action: 'verify' });
    expect(second.status).toBeGreaterThanOrEqual(400);
  });
});
