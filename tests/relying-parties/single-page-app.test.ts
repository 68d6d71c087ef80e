import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { User, UserManager } from 'oidc-client-ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { launchChromium } from '../support/chromium.ts';
import { freePort, runSql } from '../support/services.ts';
import { serve } from './listen.ts';

declare const manager: UserManager;

const library = readFileSync(
  createRequire(import.meta.url)
    .resolve('oidc-client-ts')
    .replace(/dist\/.*$/, 'dist/browser/oidc-client-ts.js'),
);

let op: OpUnderTest;
let url: string;
let app: { close(): void };
let client: TestClient;
let browser: Browser;
let context: BrowserContext;

/** The whole app: what it does is called from the tests. */
const pageOf = (
  settings: object,
) => `<!doctype html><title>App</title><script src="/library.js"></script><script>
  const manager = new oidc.UserManager({ ...${JSON.stringify(settings)}, userStore: new oidc.WebStorageStateStore({ store: localStorage }) });
  if (location.pathname === '/callback') manager.signinCallback().then(() => { if (self === top) location.replace('/') });
</script>`;

beforeAll(async () => {
  op = await startOp();
  const port = await freePort();
  url = `http://localhost:${port}`;
  client = await op.register({
    client_name: 'Single-page app',
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${url}/callback`],
    post_logout_redirect_uris: [`${url}/bye`],
  });
  const settings = {
    authority: op.issuer,
    client_id: client.id,
    redirect_uri: `${url}/callback`,
    post_logout_redirect_uri: `${url}/bye`,
    scope: 'openid profile email',
    loadUserInfo: true,
    automaticSilentRenew: false,
  };
  app = await serve(port, (request, response) => {
    if (request.url === '/library.js') response.setHeader('Content-Type', 'text/javascript').end(library);
    else response.setHeader('Content-Type', 'text/html').end(pageOf(settings));
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  app.close();
  await op.close();
});

async function signIn(extra: object = {}): Promise<Page> {
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM consent');
  context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url);
  // It leaves the page, and with it whatever waits for the answer.
  await page.evaluate(more => void manager.signinRedirect(more), extra);
  await page.getByLabel('Email').fill(op.person.email);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Password', { exact: true }).fill(op.person.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${url}/`);
  return page;
}

const userOf = (page: Page): Promise<User | null> => page.evaluate(() => manager.getUser());

test('oidc-client-ts signs a person in from a browser app, with userinfo', async () => {
  const page = await signIn();
  expect((await userOf(page))?.profile).toMatchObject({ email: op.person.email, aud: client.id });
  await context.close();
});

test('it renews silently: in a hidden frame, and with a refresh token', async () => {
  const framed = await signIn();
  const before = await userOf(framed);
  const inFrame = await framed.evaluate(() => manager.signinSilent());
  expect(inFrame?.access_token).not.toBe(before?.access_token);
  expect(inFrame?.profile.sub).toBe(before?.profile.sub);
  await context.close();

  const refreshed = await signIn({ scope: 'openid offline_access', prompt: 'consent' });
  const first = await userOf(refreshed);
  expect(first?.refresh_token).toBeDefined();
  const next = await refreshed.evaluate(() => manager.signinSilent());
  expect(next?.refresh_token).not.toBe(first?.refresh_token);
  expect(next?.access_token).not.toBe(first?.access_token);
  await context.close();
});

test('it signs out: tokens are revoked, the person is out, and a silent sign-in is refused', async () => {
  const page = await signIn({ scope: 'openid offline_access', prompt: 'consent' });
  const user = await userOf(page);
  await page.evaluate(() => manager.revokeTokens(['access_token']));
  const userinfo = await fetch(String(op.metadata.userinfo_endpoint), {
    headers: { Authorization: `Bearer ${user?.access_token}` },
  });
  expect(userinfo.status).toBe(401);
  await page.evaluate(() => void manager.signoutRedirect());
  await page.waitForURL(`${url}/bye`);
  expect(await userOf(page)).toBeNull();
  const refused = await page.evaluate(() =>
    manager.signinSilent().then(
      () => 'signed in',
      (error: Error) => error.message,
    ),
  );
  expect(refused).toMatch('End-User authentication is required');
  await context.close();
});
