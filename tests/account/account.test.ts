import { authorizationCodeGrant, fetchUserInfo, refreshTokenGrant, skipSubjectCheck } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const fresh = 'a new sentence nobody guesses';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let op: OpUnderTest;
let web: TestClient;
let hash: string;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern <b>Travel</b>' });
  [{ hash }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
});
afterAll(() => op.close());
afterEach(async () => {
  vi.useRealTimers();
  await runSql(op.gatehouse.databaseUrl, `UPDATE password_credential SET hash = '${hash}'`);
  await runSql(
    op.gatehouse.databaseUrl,
    'DELETE FROM account_session; DELETE FROM consent; DELETE FROM consent_grant',
  );
});

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);

/** Signed in to an app, with everything that app gets. */
async function signIn(agent: UserAgent = op.browser()) {
  const known = (await select('SELECT 1 FROM account_session')).length;
  const response = await op.authorize({
    client: web,
    agent,
    params: { scope: 'openid email offline_access', prompt: 'consent' },
  });
  const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
  await until('the session is on record', async () => {
    return (await select('SELECT 1 FROM account_session')).length > known;
  });
  return { agent, tokens };
}

const open = (agent: UserAgent, path = '/account') => agent.open(op.issuer + path);
const press = (agent: UserAgent, page: Page, fields: Record<string, string>) =>
  agent.submit(page, 'account-form', fields);
const isSignedIn = async (agent: UserAgent) => {
  const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
  return params.get('error') !== 'login_required';
};
const othersIn = ({ text }: Page) =>
  [...text.matchAll(/name="end" value="([^"]+)"/g)].map(([, id]) => id ?? '');

describe('the account', () => {
  test('asks who it is, and shows where that person is signed in and which apps have access', async () => {
    const elsewhere = op.browser();
    const send = elsewhere.send.bind(elsewhere);
    elsewhere.send = (method, url, body, headers) =>
      send(method, url, body, { ...headers, 'User-Agent': firefox });
    await signIn(elsewhere);

    const agent = op.browser();
    const asked = await open(agent);
    expect(asked.text).toContain('id="identifier-form"');
    const { page } = await answerPages(agent, asked, op.person);
    expect(page.url).toBe(`${op.issuer}/account`);
    expect(page.text).toContain(op.person.email);
    expect(page.text).toContain('This browser');
    expect(page.text).toContain('Firefox on Linux');
    expect(page.text).toContain('Lantern &lt;b&gt;Travel&lt;/b&gt;');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).not.toContain('Gatehouse</strong>');
  });

  test('ends one session: its browser and its tokens are out at once, the others stay', async () => {
    const [one, two] = [await signIn(), await signIn()];
    const here = await signIn();
    const page = await open(here.agent);
    const [first] = othersIn(page);
    const after = await press(here.agent, page, { end: first ?? '' });
    expect(othersIn(after)).toHaveLength(1);
    const alive = await Promise.all([one, two].map(({ agent }) => isSignedIn(agent)));
    expect(alive.filter(Boolean)).toHaveLength(1);
    const [dead, living] = alive[0] === true ? [two, one] : [one, two];
    await expect(fetchUserInfo(web.config, dead.tokens.access_token, skipSubjectCheck)).rejects.toThrow();
    await expect(refreshTokenGrant(web.config, dead.tokens.refresh_token ?? '')).rejects.toThrow();
    expect(await refreshTokenGrant(web.config, living.tokens.refresh_token ?? '')).toHaveProperty(
      'access_token',
    );
    expect(await isSignedIn(here.agent)).toBe(true);
  });

  test('ends all others, and stays signed in itself', async () => {
    const others = [await signIn(), await signIn()];
    const here = await signIn();
    const page = await press(here.agent, await open(here.agent), { others: 'yes' });
    expect(othersIn(page)).toEqual([]);
    for (const { agent, tokens } of others) {
      expect(await isSignedIn(agent)).toBe(false);
      await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toThrow();
    }
    expect(await isSignedIn(here.agent)).toBe(true);
    expect(await refreshTokenGrant(web.config, here.tokens.refresh_token ?? '')).toHaveProperty(
      'access_token',
    );
  });

  test('withdraws what an app was allowed: its tokens are dead, and it has to ask again', async () => {
    const { agent, tokens } = await signIn();
    const page = await press(agent, await open(agent), { withdraw: web.id });
    expect(page.text).toContain('No app has access to your account.');
    await expect(fetchUserInfo(web.config, tokens.access_token, skipSubjectCheck)).rejects.toThrow();
    await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toThrow();
    const { forms } = await op.authorize({ client: web, agent, params: { scope: 'openid email' } });
    expect(forms).toContain('consent-form');
  });

  test('ends nothing of anybody else, and nothing for a form of another site', async () => {
    const { agent } = await signIn();
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at)
       VALUES ('019ac000-0000-7000-8000-000000000001', 'eve@example.com', 'eve@example.com', now(), now());
       INSERT INTO account_session (id, account_id, user_agent, signed_in_at, last_used_at)
       VALUES ('of-eve', '019ac000-0000-7000-8000-000000000001', '', now(), now())`,
    );
    await press(agent, await open(agent), { end: 'of-eve' });
    expect(
      await select("SELECT 1 FROM account_session WHERE id = 'of-eve' AND ended_at IS NULL"),
    ).toHaveLength(1);

    const other = await signIn();
    const page = await open(agent);
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const body = new URLSearchParams({ csrf, others: 'yes' }).toString();
    const url = `${op.issuer}/account`;
    expect((await agent.send('POST', url, body, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    // Of the same page, given out to another browser.
    const foreign = await other.agent.send('POST', url, body, { 'Sec-Fetch-Site': 'same-origin' });
    expect(foreign.status).toBe(403);
    expect(await isSignedIn(other.agent)).toBe(true);
  });
});

describe('a new password', () => {
  test('is for who signed in a moment ago; it counts at once, ends the other sessions and is told by mail', async () => {
    const other = await signIn();
    const { agent } = await signIn();
    const page = await open(agent, '/account/password');
    const weak = await agent.submit(page, 'reset-password-form', { password: 'short', sign_out: 'yes' });
    expect(weak.status).toBe(422);
    const done = await agent.submit(page, 'reset-password-form', { password: fresh, sign_out: 'yes' });
    expect(done.url).toBe(`${op.issuer}/account`);
    expect(await isSignedIn(agent)).toBe(true);
    expect(await isSignedIn(other.agent)).toBe(false);
    expect((await select<{ hash: string }>('SELECT hash FROM password_credential'))[0]?.hash).not.toBe(hash);
    expect(
      await select("SELECT 1 FROM outgoing_mail WHERE name = 'password-changed' AND account_id IS NOT NULL"),
    ).not.toEqual([]);
  });

  test('after ten minutes the person signs in again first, and comes back to it; a form that was open changes nothing', async () => {
    const { agent } = await signIn();
    const page = await open(agent, '/account/password');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
    const late = await agent.submit(page, 'reset-password-form', { password: fresh });
    expect(late.text).toContain('id="password-form"');
    expect(await select('SELECT hash FROM password_credential')).toEqual([{ hash }]);
    const { page: back } = await answerPages(agent, late, op.person);
    expect(back.url).toBe(`${op.issuer}/account/password`);
    // The rest of the account needs no new sign-in.
    expect((await open(agent)).text).toContain('id="account-form"');
  });

  test('who leaves the sign-in changes nothing, and no address leads elsewhere', async () => {
    const agent = op.browser();
    const left = await agent.submit(await open(agent), 'identifier-form', { action: 'cancel' });
    expect(left.text).toContain('Nothing was changed');
    const { agent: signedIn } = await signIn();
    const odd = await signedIn.open(`${op.issuer}/account?state=https%3A%2F%2Fevil.example`);
    expect(odd.url).toBe(`${op.issuer}/account`);
  });
});
