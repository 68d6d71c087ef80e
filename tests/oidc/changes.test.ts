import { clientCredentialsGrant, fetchUserInfo, refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { selectRows } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let web: RelyingParty;
let aheadMs = 0;
const clock = { now: () => systemClock.now() + aheadMs };
const notes = 'https://notes.example/api';

beforeAll(async () => {
  gatehouse = await startTestGatehouse({}, clock);
  const client = gatehouse.facts.clients['demo-web'] ?? { client_id: '' };
  web = await RelyingParty.discover(gatehouse.issuer, client, `${gatehouse.facts.sample_url}/callback`);
});
afterAll(() => gatehouse.close());

const browser = () => new UserAgent([gatehouse.facts.sample_url]);
const sql = (text: string) => selectRows(gatehouse.databaseUrl, text);

/** What one process remembers is forgotten after three seconds. */
const afterSeconds = (seconds: number) => {
  aheadMs += seconds * 1000;
};

describe('a change in the database', () => {
  test('an account that was disabled: its tokens and its session are worth nothing within seconds', async () => {
    const agent = browser();
    const { tokens } = await web.signIn(agent, gatehouse.facts.account, {
      params: { prompt: 'consent', scope: 'openid offline_access' },
    });
    const subject = tokens.claims()?.sub ?? '';
    await expect(fetchUserInfo(web.config, tokens.access_token, subject)).resolves.toMatchObject({
      sub: subject,
    });

    await sql("UPDATE account SET status = 'disabled'");
    afterSeconds(3);
    await expect(fetchUserInfo(web.config, tokens.access_token, subject)).rejects.toThrow();
    await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const silent = await agent.open((await web.request({ prompt: 'none' })).url);
    expect(new URL(silent.url).searchParams.has('code')).toBe(false);

    await sql("UPDATE account SET status = 'active'");
    afterSeconds(3);
    await web.signIn(browser(), gatehouse.facts.account);
  });

  test('a redirect address that was taken away, and a client that was disabled', async () => {
    const open = async () => (await browser().open((await web.request()).url)).status;
    expect(await open()).toBe(200);
    await sql(
      `UPDATE client SET metadata = jsonb_set(metadata, '{redirect_uris}', '["https://elsewhere.example/callback"]'), version = version + 1 WHERE id = 'demo-web'`,
    );
    afterSeconds(3);
    expect(await open()).toBe(400);
    await sql(
      `UPDATE client SET metadata = jsonb_set(metadata, '{redirect_uris}', '["${web.redirectUri}"]'), version = version + 1 WHERE id = 'demo-web'`,
    );
    afterSeconds(3);
    expect(await open()).toBe(200);
    // Nothing changed: what was built is used on.
    afterSeconds(3);
    expect(await open()).toBe(200);

    await sql("UPDATE client SET is_enabled = false WHERE id = 'demo-web'");
    afterSeconds(3);
    expect(await open()).toBe(400);
    await sql("UPDATE client SET is_enabled = true WHERE id = 'demo-web'");
    afterSeconds(3);
    expect(await open()).toBe(200);
  });

  test('a resource server that is gone, or that gives opaque tokens', async () => {
    const { clients, issuer } = gatehouse.facts;
    const machine = await RelyingParty.discover(issuer, clients['demo-machine'] ?? { client_id: '' }, '');
    const token = () => clientCredentialsGrant(machine.config, { resource: notes, scope: 'notes:read' });
    expect((await token()).access_token.split('.')).toHaveLength(3);

    await sql(`UPDATE resource_server SET access_token_format = 'opaque' WHERE identifier = '${notes}'`);
    afterSeconds(3);
    expect((await token()).access_token).toMatch(/^[\w-]{43}$/);

    await sql(`UPDATE resource_server SET identifier = '${notes}/moved' WHERE identifier = '${notes}'`);
    afterSeconds(3);
    await expect(token()).rejects.toMatchObject({ error: 'invalid_target' });
    await sql(
      `UPDATE resource_server SET identifier = '${notes}', access_token_format = 'jwt' WHERE identifier = '${notes}/moved'`,
    );
    expect((await token()).access_token.split('.')).toHaveLength(3);
  });

  test('a client whose metadata cannot be used is refused, not a crash', async () => {
    for (const value of ['"notes:read"', '{"https://notes.example/api": 5}', 'null']) {
      await sql(
        `INSERT INTO client (id, metadata, created_at, updated_at) VALUES ('odd', '{"client_id":"odd","redirect_uris":["https://odd.example/cb"],"token_endpoint_auth_method":"none"}', now(), now()) ON CONFLICT DO NOTHING;
         UPDATE client SET metadata = jsonb_set(metadata, '{resource_scopes}', '${value}'), version = version + 1 WHERE id = 'odd'`,
      );
      afterSeconds(3);
      const page = await browser().open(
        `${gatehouse.issuer}/auth?client_id=odd&redirect_uri=https://odd.example/cb`,
      );
      expect(page.status).toBe(400);
    }
  });
});

test('an app that is taken away in the middle of a sign-in: the page says that it is over', async () => {
  await sql(
    `INSERT INTO client (id, metadata, created_at, updated_at) VALUES ('short-lived', '{"client_id":"short-lived","redirect_uris":["https://short.example/cb"],"token_endpoint_auth_method":"none"}', now(), now())`,
  );
  const short = await RelyingParty.discover(
    gatehouse.issuer,
    { client_id: 'short-lived' },
    'https://short.example/cb',
  );
  const agent = browser();
  const page = await agent.open((await short.request()).url);
  expect(page.text).toContain('id="identifier-form"');
  await sql("DELETE FROM client WHERE id = 'short-lived'");
  afterSeconds(3);
  const late = await agent.submit(page, 'identifier-form', { identifier: 'ada@example.com' });
  expect([late.status, late.text.includes('This sign-in has expired')]).toEqual([400, true]);
});

test('two APIs in one request are asked for together, and each gives its own token', async () => {
  const second = 'https://second.example/api';
  await sql(
    `INSERT INTO resource_server SELECT '${second}', 'Second', ARRAY['things:read'], access_token_format, access_token_signing_alg, access_token_lifetime_seconds, created_at, updated_at FROM resource_server WHERE identifier = '${notes}';
     UPDATE client SET version = version + 1, metadata = jsonb_set(metadata, '{resource_scopes}', '{"${notes}": "notes:read", "${second}": "things:read"}') WHERE id = 'demo-web'`,
  );
  afterSeconds(3);
  const agent = browser();
  const { url, redeem } = await web.request({
    prompt: 'consent',
    scope: 'openid offline_access notes:read things:read',
  });
  const both = `${url}&resource=${encodeURIComponent(notes)}&resource=${encodeURIComponent(second)}`;
  const { page } = await answerPages(agent, await agent.open(both), gatehouse.facts.account);
  let token = (await redeem(page.url)).refresh_token ?? '';
  for (const [resource, scope] of [
    [notes, 'notes:read'],
    [second, 'things:read'],
  ] as const) {
    const next = await refreshTokenGrant(web.config, token, { resource });
    token = next.refresh_token ?? '';
    expect(next.scope).toBe(scope);
  }
  const again = await agent.open(both);
  expect(again.text).toContain('at Second on your behalf');
});

test('an account without a name is called by its address', async () => {
  await sql("UPDATE account SET claims = '{}' WHERE email = 'ada@example.com'");
  afterSeconds(3);
  const { url } = await web.request({ prompt: 'consent' });
  const agent = browser();
  await web.signIn(agent, gatehouse.facts.account);
  const page = await agent.open(url);
  expect(page.text).toContain('<span>ada@example.com</span>');
  // Whoever is asked and is no longer there is not called anything.
  await sql("UPDATE account SET id = '019dba41-6c4e-7c3f-9a52-1f0f5a2d9b11' WHERE email = 'ada@example.com'");
  expect((await agent.open(page.url)).text).toContain('<span></span>');
  const chooser = await agent.open((await web.request({ prompt: 'select_account' })).url);
  expect(chooser.status).toBeLessThan(500);
});

test('an app registered without a name is called by its id, and one without a way back gets none', async () => {
  await sql(
    `INSERT INTO client (id, metadata, created_at, updated_at) VALUES ('nameless', '{"client_id":"nameless","redirect_uris":["https://nameless.example/cb"],"token_endpoint_auth_method":"none","policy_uri":"https://nameless.example/privacy"}', now(), now())`,
  );
  const nameless = await RelyingParty.discover(
    gatehouse.issuer,
    { client_id: 'nameless' },
    'https://nameless.example/cb',
  );
  const page = await browser().open((await nameless.request()).url);
  expect(page.text).toContain('to continue to nameless');
  expect(page.text).toContain('https://nameless.example/privacy');
  const expired = await browser().open(page.url);
  expect(expired.text).toContain('This sign-in has expired');
  expect(expired.text).not.toContain('id="proceed"');
});
