import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { serve } from '../relying-parties/listen.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort } from '../support/services.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let app: { close(): void };
let url: string;
let browser: Browser;
let client: TestClient;

beforeAll(async () => {
  op = await startOp();
  const port = await freePort();
  url = `http://localhost:${port}`;
  const frame = String(op.metadata['check_session_iframe']);
  app = await serve(port, (_request, response) =>
    response
      .setHeader('Content-Type', 'text/html')
      .end(`<!doctype html><title>App</title><iframe id="op" src="${frame}"></iframe>`),
  );
  client = await op.register({ redirect_uris: [`${url}/callback`, callback] });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  app.close();
  await op.close();
});

afterEach(() => vi.useRealTimers());

const steps: Record<string, (page: Page) => Promise<void>> = {
  'identifier-form': page => page.getByLabel('Email').fill(op.person.email),
  'password-form': page => page.getByLabel('Password', { exact: true }).fill(op.person.password),
  'consent-form': () => Promise.resolve(),
};

/** What the app learns at the end of its sign-in. */
async function signIn(page: Page, params: Record<string, string> = {}): Promise<string> {
  const address = new URL(String(op.metadata.authorization_endpoint));
  address.search = new URLSearchParams({
    client_id: client.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${url}/callback`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...params,
  }).toString();
  await page.goto(address.href);
  for (;;) {
    const known = page.locator('#identifier-form, #password-form, #consent-form, #op').first();
    const form = (await known.getAttribute('id')) ?? '';
    const fill = steps[form];
    if (fill === undefined) break;
    await fill(page);
    await Promise.all([
      page.waitForEvent('framenavigated'),
      page.locator(`#${form} button.primary, #allow`).first().click(),
    ]);
  }
  await page.waitForURL(`${url}/callback?**`);
  return new URL(page.url()).searchParams.get('session_state') ?? '';
}

/** As an app's page does it (section 3.1). */
function ask(page: Page, message: string): Promise<string> {
  return page.evaluate(
    `new Promise(resolve => {
      const frame = document.querySelector('#op');
      addEventListener('message', event => resolve(String(event.data)), { once: true });
      frame.contentWindow.postMessage(${JSON.stringify(message)}, new URL(frame.src).origin);
    })`,
  );
}

describe('OpenID Connect Session Management 1.0', () => {
  test('oidcc-session-management-discovery-endpoint-verification: the document says where to ask and where to sign out', async () => {
    for (const name of ['check_session_iframe', 'end_session_endpoint']) {
      const address = op.metadata[name] as string;
      expect(new URL(address).origin, name).toBe(op.issuer);
      expect((await fetch(address)).status, name).toBe(200);
    }
  });

  test('oidcc-session-management-rp-initiated-logout: unchanged while signed in, changed afterwards', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const state = await signIn(page);
    expect(state).toMatch(/^[\w-]{43}\.[\w-]{16}$/);
    expect(await ask(page, `${client.id} ${state}`)).toBe('unchanged');
    // Another answer for the same sign-in has another salt and is as good.
    const again = await signIn(page, { prompt: 'none' });
    expect(again).not.toBe(state);
    for (const known of [state, again]) expect(await ask(page, `${client.id} ${known}`)).toBe('unchanged');

    const elsewhere = await context.newPage();
    await elsewhere.goto(String(op.metadata.end_session_endpoint));
    await elsewhere.getByRole('button', { name: 'Sign out' }).click();
    await elsewhere.getByRole('heading', { name: 'You are signed out' }).waitFor();
    expect(await ask(page, `${client.id} ${state}`)).toBe('changed');
    await context.close();
  });

  test('signing in once more changes it', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const state = await signIn(page);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_000 });
    const next = await signIn(page, { prompt: 'login' });
    expect(await ask(page, `${client.id} ${state}`)).toBe('changed');
    expect(await ask(page, `${client.id} ${next}`)).toBe('unchanged');
    await context.close();
  });

  test('what is no question gets "error", and the state of another client or app is no state of this one', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const state = await signIn(page);
    for (const nonsense of ['', 'x', client.id, `${client.id} x`, `${client.id} ${state} more`]) {
      expect(await ask(page, nonsense), nonsense).toBe('error');
    }
    const other = await op.register();
    expect(await ask(page, `${other.id} ${state}`)).toBe('changed');
    const { params } = await op.authorize({ client });
    expect(await ask(page, `${client.id} ${params.get('session_state')}`)).toBe('changed');
    await context.close();
  });

  test('the frame may stand in any page, runs our script only, and no other page of ours may', async () => {
    const frame = await fetch(String(op.metadata['check_session_iframe']));
    expect(frame.headers.get('X-Frame-Options')).toBeNull();
    expect(frame.headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors *",
    );
    const page = await fetch(`${op.issuer}/session/end`);
    expect(page.headers.get('X-Frame-Options')).toBe('DENY');
    expect(page.headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
  });

  test('without openid there is nothing to compare; what the browser keeps opens nothing', async () => {
    const agent = op.browser();
    const first = await op.authorize({ client: await op.register(), agent });
    expect(first.params.get('session_state')).toMatch(/\./);
    const plain = await op.register({ resource_scopes: { [`${op.issuer}/api`]: 'accounts:read' } });
    const second = await op.authorize({
      client: plain,
      agent,
      params: { nonce: undefined, scope: 'accounts:read', resource: `${op.issuer}/api` },
    });
    expect(second.params.has('code')).toBe(true);
    expect(second.params.has('session_state')).toBe(false);
    const state = [...agent.cookies].find(([name]) => name.includes('browser_state'))?.[1].value ?? '';
    const stranger = op.browser();
    for (const [name, cookie] of agent.cookies) stranger.cookies.set(name, { ...cookie, value: state });
    const { params } = await op.authorize({ client, agent: stranger, params: { prompt: 'none' } });
    expect(params.get('error')).toBe('login_required');
  });
});
