import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '../relying-parties/listen.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort, runSql } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { signInTo, signOut } from './sign-out.ts';

let op: OpUnderTest;
let app: { close(): void };
let url: string;
let browser: Browser;
let one: TestClient;
let two: TestClient;
const opened: string[] = [];

beforeAll(async () => {
  op = await startOp();
  const port = await freePort();
  url = `http://localhost:${port}`;
  app = await serve(port, (request, response) => {
    opened.push(request.url ?? '');
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>App</title>');
  });
  const shared = { redirect_uris: [`${url}/callback`], post_logout_redirect_uris: [`${url}/bye`] };
  one = await op.register({
    ...shared,
    client_name: 'One',
    frontchannel_logout_uri: `${url}/one?keep=this`,
    frontchannel_logout_session_required: true,
  });
  two = await op.register({ ...shared, client_name: 'Two', frontchannel_logout_uri: `${url}/two` });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  app.close();
  await op.close();
});

/** In Chromium, to both apps. */
async function signedInPage(javaScriptEnabled: boolean) {
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM consent');
  const context = await browser.newContext({ javaScriptEnabled });
  const page = await context.newPage();
  for (const client of [one, two]) {
    const address = new URL(String(op.metadata.authorization_endpoint));
    address.search = new URLSearchParams({
      client_id: client.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${url}/callback`,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: client.id,
    }).toString();
    await page.goto(address.href);
    if (client === one) {
      await page.getByLabel('Email').fill(op.person.email);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByLabel('Password', { exact: true }).fill(op.person.password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    }
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${url}/callback?**`);
  }
  opened.length = 0;
  return { page, close: () => context.close() };
}

const out = (params: Record<string, string>) =>
  `${String(op.metadata.end_session_endpoint)}?${new URLSearchParams(params).toString()}`;

describe('OpenID Connect Front-Channel Logout 1.0', () => {
  test('oidcc-frontchannel-logout-discovery-endpoint-verification: the document says so', () => {
    expect(op.metadata).toMatchObject({
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      end_session_endpoint: expect.stringMatching(new RegExp(`^${op.issuer}/`)) as string,
    });
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`oidcc-frontchannel-rp-initiated-logout: the browser tells every app and goes on, script ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
      const { page, close } = await signedInPage(javaScriptEnabled);
      await page.goto(out({ client_id: one.id, post_logout_redirect_uri: `${url}/bye`, state: 'x' }));
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${url}/bye?state=x`, { timeout: 15_000 });
      const [first] = opened.filter(path => path.startsWith('/one'));
      const { searchParams } = new URL(first ?? '', url);
      expect(searchParams.get('keep')).toBe('this');
      expect(searchParams.get('iss')).toBe(op.issuer);
      expect(searchParams.get('sid')).toMatch(/^[\w-]{20,}$/);
      expect(opened).toContain('/two');
      await close();
    });
  }

  test('it names the session as the ID token did, and only to those that want to know', async () => {
    const agent = op.browser();
    const sessions = await op.register({
      frontchannel_logout_uri: 'https://rp.example/out',
      frontchannel_logout_session_required: true,
    });
    const { sid } = await signInTo(op, sessions, agent);
    const page = await agent.submit(await signOut(op, agent), 'sign-out-form', { logout: 'yes' });
    const source = /<iframe[^>]*src="([^"]*)"/
      .exec(page.text)?.[1]
      ?.replaceAll('&amp;', '&')
      .replaceAll('&#x3D;', '=');
    const frame = new URL(source ?? '');
    expect(Object.fromEntries(frame.searchParams)).toEqual({ iss: op.issuer, sid });
    const policy = page.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain('frame-src https://rp.example');
    expect(policy).toContain("default-src 'none'");
    expect(page.text).toContain('Told by your browser now');
  });

  test('nobody is told when the person stays', async () => {
    const agent = op.browser();
    await signInTo(op, await op.register({ frontchannel_logout_uri: 'https://rp.example/out' }), agent);
    const page = await agent.submit(await signOut(op, agent), 'sign-out-form');
    expect(page.text).not.toContain('<iframe');
  });

  test('an address that is not at a redirect URI is refused', async () => {
    for (const frontchannel_logout_uri of [
      'https://evil.example/out',
      'javascript:alert(1)',
      'https://rp.example:8443/',
      'https://rp.example/#x',
    ]) {
      const client = await op.register({ frontchannel_logout_uri });
      const { page } = await op.authorize({ client });
      expect(page.text, frontchannel_logout_uri).toContain('invalid_client_metadata');
    }
  });
});
