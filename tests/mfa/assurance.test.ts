import { decodeJwt } from 'jose';
import { authorizationCodeGrant, refreshTokenGrant, tokenIntrospection } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import {
  type AuthorizationResponse,
  type OpUnderTest,
  startOp,
  type TestClient,
} from '../conformance/op-under-test.ts';
import {
  type AuthenticatorApp,
  authenticatorApp,
  enrolApp,
  recoveryCodesOn,
  secretOn,
} from '../support/authenticator-app.ts';
import { enrolPasskey, passkeyOptionsOn } from '../support/enrol-passkey.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows } from '../support/services.ts';
import type { SoftwarePasskey } from '../support/software-authenticator.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const single = 'urn:gatehouse:acr:single-factor';
const multi = 'urn:gatehouse:acr:multi-factor';
const resistant = 'urn:gatehouse:acr:phishing-resistant';
const essential = (...values: string[]) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
});

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern Travel' });
});
afterAll(() => op.close());
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(async () => {
  vi.useRealTimers();
  await forgetFactors(op.gatehouse);
});

const later = () => vi.setSystemTime(Date.now() + 60_000);
const ask = (agent: UserAgent, params: Record<string, string> = {}, client = web) =>
  op.authorize({ client, agent, params });
const claimsOf = async (response: AuthorizationResponse, client = web) =>
  ((await authorizationCodeGrant(client.config, response.url, checksOf(response))).claims() ?? {}) as Record<
    string,
    unknown
  >;

/** Enters what the factor shows, wherever it is asked for. */
async function enter(agent: UserAgent, page: Page, app: AuthenticatorApp): Promise<Page> {
  const sent = await agent.submit(page, 'challenge-form', { code: app.code(), action: 'verify' });
  return (await answerPages(agent, sent, op.person)).page;
}
async function present(agent: UserAgent, page: Page, passkey: SoftwarePasskey, form = 'challenge-form') {
  const answer = passkey.assert(passkeyOptionsOn(page, 'request'), { origin: op.issuer });
  const sent = await agent.submit(page, form, { passkey: answer, action: 'passkey' });
  return (await answerPages(agent, sent, op.person)).page;
}
/** What came back to the app, from the page at which the browser left. */
const back = (asked: AuthorizationResponse, page: Page): AuthorizationResponse => ({
  ...asked,
  page,
  url: new URL(page.url),
  params: new URL(page.url).searchParams,
});

describe('an account with a password alone', () => {
  test('reaches one factor, and an app that would like more is told so', async () => {
    const agent = op.browser();
    expect(await claimsOf(await ask(agent))).toMatchObject({ acr: single, amr: ['pwd'] });
    expect(await claimsOf(await ask(agent, { acr_values: `${resistant} ${multi}` }))).toMatchObject({
      acr: single,
    });
    expect(await claimsOf(await ask(agent, { acr_values: multi, prompt: 'none' }))).toMatchObject({
      acr: single,
    });
  });

  test('is asked to set up a second factor where one is essential; silently that is an error', async () => {
    const agent = op.browser();
    await ask(agent);
    const silent = await ask(agent, { ...essential(multi), prompt: 'none' });
    expect(silent.params.get('error')).toBe('interaction_required');
    const asked = await ask(agent, essential(multi));
    expect(asked.page.text).toContain('id="enrol-passkey-form"');
    const instead = await agent.submit(asked.page, 'enrol-passkey-form', { action: 'other' });
    const app = authenticatorApp(secretOn(instead));
    const codes = await agent.submit(instead, 'enrol-totp-form', { code: app.code(), action: 'enrol' });
    expect(recoveryCodesOn(codes)).toHaveLength(10);
    const hasty = await agent.submit(codes, 'recovery-codes-form', {});
    expect(hasty.status).toBe(422);
    const done = await agent.submit(hasty, 'recovery-codes-form', { saved: 'yes' });
    const { page } = await answerPages(agent, done, op.person);
    expect(await claimsOf(back(asked, page))).toMatchObject({ acr: multi, amr: ['pwd', 'otp', 'mfa'] });
  });

  test('may say no to that, and the app hears it', async () => {
    const agent = op.browser();
    const asked = await ask(agent, essential(multi));
    expect(asked.page.text).toContain('id="enrol-passkey-form"');
    const left = await agent.submit(asked.page, 'enrol-passkey-form', { action: 'cancel' });
    expect(new URL(left.url).searchParams.get('error')).toBe('access_denied');
  });
});

test('what nobody can prove is refused before anybody is asked', async () => {
  for (const prompt of ['none', 'login']) {
    const { params, forms } = await ask(op.browser(), { ...essential('urn:example:more'), prompt });
    expect(params.get('error')).toBe('unmet_authentication_requirements');
    expect(forms).toEqual([]);
  }
  // Not essential: said as it is.
  expect(await claimsOf(await ask(op.browser(), { acr_values: 'urn:example:more' }))).toMatchObject({
    acr: single,
  });
});

describe('an account with an authenticator app', () => {
  test('is asked for a code of it, and reaches two factors', async () => {
    const { agent, app } = await enrolApp(op);
    later();
    // The session in which it was set up has proved it there.
    expect(await claimsOf(await ask(agent))).toMatchObject({ acr: multi });
    const other = op.browser();
    const asked = await ask(other);
    const page = await enter(other, asked.page, app);
    expect(await claimsOf(back(asked, page))).toMatchObject({ acr: multi, amr: ['pwd', 'otp', 'mfa'] });
  });

  test('a session from before is asked for the second factor alone', async () => {
    const old = op.browser();
    const first = await claimsOf(await ask(old));
    const { app } = await enrolApp(op);
    later();
    expect((await ask(old, { prompt: 'none' })).params.get('error')).toBe('interaction_required');
    const asked = await ask(old);
    expect(asked.forms).toEqual([]);
    const page = await enter(old, asked.page, app);
    const after = await claimsOf(back(asked, page));
    expect(after).toMatchObject({ acr: multi, sub: first['sub'], auth_time: first['auth_time'] });
    expect((await ask(old, { ...essential(multi), prompt: 'none' })).mode).toBe('query');
    const events = await selectRows(
      op.gatehouse.databaseUrl,
      "SELECT 1 FROM audit_event WHERE type = 'sign-in.stepped-up'",
    );
    expect(events.length).toBeGreaterThan(0);
  });

  test('does not reach phishing-resistant: asked for, it is told what is; essential, a passkey is set up', async () => {
    const { app } = await enrolApp(op);
    later();
    const agent = op.browser();
    const asked = await ask(agent, { acr_values: resistant });
    const done = await enter(agent, asked.page, app);
    expect(await claimsOf(back(asked, done))).toMatchObject({ acr: multi });
    const needed = await ask(agent, essential(resistant));
    expect(needed.page.text).toContain('id="enrol-passkey-form"');
    expect(needed.page.text).not.toContain('authenticator app instead');
    const other = await ask(op.browser(), essential(resistant));
    // Whoever has a second factor proves it before there is another.
    expect(other.page.text).toContain('Enter the code from your app');
  });

  test('max_age asks for everything again', async () => {
    const { app, agent } = await enrolApp(op);
    later();
    const asked = await ask(agent, { max_age: '10' });
    expect(asked.page.text).toContain('id="challenge-form"');
    const page = await enter(agent, asked.page, app);
    expect(await claimsOf(back(asked, page))).toMatchObject({ auth_time: Math.floor(Date.now() / 1000) });
  });
});

describe('an account with a passkey', () => {
  test('reaches phishing-resistant, and is told the highest of what was asked', async () => {
    const { passkey } = await enrolPasskey(op);
    const agent = op.browser();
    const start = await op.authorize({ client: web, agent, person: { email: 'x', password: '' } });
    const change = await agent.submit(start.page, 'password-form', { action: 'change' });
    const page = await present(agent, change, passkey, 'identifier-form');
    const claims = await claimsOf(back(start, page));
    expect(claims).toMatchObject({ acr: resistant, amr: ['hwk', 'user', 'mfa'] });
    const told = async (params: Record<string, string>) =>
      (await claimsOf(await ask(agent, { ...params, prompt: 'none' })))['acr'];
    expect(await told({})).toBe(resistant);
    expect(await told({ acr_values: multi })).toBe(multi);
    expect(await told({ acr_values: `${single} ${resistant}` })).toBe(resistant);
    expect(await told(essential(single))).toBe(single);
    expect(await told(essential(multi))).toBe(multi);
    // An essential claim beside acr_values is not lost.
    expect(await told({ ...essential(resistant), acr_values: single })).toBe(resistant);
  });

  test('steps up from two other factors', async () => {
    const { app, agent } = await enrolApp(op);
    later();
    const { passkey } = await enrolPasskey(op, agent, app);
    const other = op.browser();
    later();
    const asked = await ask(other);
    const instead = await other.submit(asked.page, 'challenge-form', { action: 'use-totp' });
    await enter(other, instead, app);
    const more = await ask(other, essential(resistant));
    expect(more.page.text).toContain('Use your passkey');
    const page = await present(other, more.page, passkey);
    expect(await claimsOf(back(more, page))).toMatchObject({ acr: resistant });
  });
});

describe('an app whose registration says so', () => {
  test('gets nobody with less, whatever it asks for; a trusted browser is no way around', async () => {
    const bank = await op.register({ client_name: 'Bank', minimum_acr: multi });
    const { app } = await enrolApp(op);
    later();
    const agent = op.browser();
    const asked = await ask(agent);
    const trusted = await agent.submit(asked.page, 'challenge-form', {
      code: app.code(),
      action: 'verify',
      trust: 'yes',
    });
    await answerPages(agent, trusted, op.person);
    expect((await ask(agent, { prompt: 'login' })).mode).toBe('query');
    const atBank = await ask(agent, { acr_values: single }, bank);
    expect(atBank.page.text).toContain('id="challenge-form"');
    expect((await ask(agent, { prompt: 'none' }, bank)).params.get('error')).toBe('interaction_required');
    later();
    const page = await enter(agent, atBank.page, app);
    // It asked for less, and that is true as well.
    expect(await claimsOf(back(atBank, page), bank)).toMatchObject({ acr: single });
    expect(await claimsOf(await ask(agent, {}, bank), bank)).toMatchObject({ acr: multi });
  });

  test('is not served where that says something that does not exist', async () => {
    const broken = await op.register({ minimum_acr: 'urn:example:more' });
    expect((await ask(op.browser(), {}, broken)).page.status).toBeGreaterThanOrEqual(400);
  });
});

describe('an API that needs more (RFC 9470)', () => {
  test('sees in a JWT, and by introspection, what the sign-in was worth, and sees more after the step-up', async () => {
    const resource = 'https://notes.example/api';
    const mobile = await op.register({
      client_name: 'Mobile',
      resource_scopes: { [resource]: 'notes:read' },
    });
    const scope = 'openid offline_access notes:read';
    const old = op.browser();
    const { access_token: before } = await tokensFor(mobile, old);
    const { app } = await enrolApp(op);
    later();
    const wanted = { acr_values: multi, max_age: '300', scope, resource, prompt: 'consent' };
    const asked = await ask(old, wanted, mobile);
    const page = await enter(old, asked.page, app);
    const response = back(asked, page);
    const after = await authorizationCodeGrant(mobile.config, response.url, checksOf(response));
    const { acr, auth_time } = await tokenIntrospection(mobile.config, before);
    expect({ acr, hasTime: typeof auth_time }).toEqual({ acr: single, hasTime: 'number' });
    const refreshed = await refreshTokenGrant(mobile.config, after.refresh_token ?? '', { resource });
    expect(decodeJwt(refreshed.access_token)).toMatchObject({ acr: multi });
  });
});

async function tokensFor(client: TestClient, agent: UserAgent) {
  const response = await ask(agent, {}, client);
  return authorizationCodeGrant(client.config, response.url, checksOf(response));
}

test('a step-up ends with the session that it was for: who is signed out meanwhile begins anew', async () => {
  const agent = op.browser();
  await ask(agent);
  const { app } = await enrolApp(op);
  later();
  const asked = await ask(agent);
  expect(asked.page.text).toContain('id="challenge-form"');
  await runSql(op.gatehouse.databaseUrl, "DELETE FROM artifact WHERE model = 'Session'");
  const sent = await agent.submit(asked.page, 'challenge-form', { code: app.code(), action: 'verify' });
  expect(sent.status).toBe(400);
  expect(sent.text).toContain('interaction_expired');
});
