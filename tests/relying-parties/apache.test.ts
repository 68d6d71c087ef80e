import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { startApache } from '../support/apache.ts';
import { launchChromium } from '../support/chromium.ts';
import { answerPages } from '../support/relying-party.ts';
import { freePort, runSql } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM consent'));

describe.each(['query', 'form_post'])('mod_auth_openidc, with response_mode=%s', responseMode => {
  let url: string;
  let apache: { close(): Promise<void> };
  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    const client = await op.register({
      client_name: 'Apache',
      redirect_uris: [`${url}/protected/callback`],
      post_logout_redirect_uris: [`${url}/open/`],
    });
    apache = await startApache(
      port,
      `OIDCProviderMetadataURL ${op.issuer}/.well-known/openid-configuration
OIDCClientID ${client.id}
OIDCClientSecret ${client.secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${url}/protected/callback
OIDCCryptoPassphrase a-passphrase-for-this-test-only
OIDCScope "openid email profile"
OIDCPKCEMethod S256
OIDCResponseMode ${responseMode}
<Location /protected>
  AuthType openid-connect
  Require valid-user
  Header always set X-Email "%{OIDC_CLAIM_email}e"
  Header always set X-Name "%{OIDC_CLAIM_name}e"
</Location>`,
    );
  });
  afterAll(() => apache.close());

  async function signIn(agent: UserAgent) {
    return answerPages(agent, await agent.open(`${url}/protected/`), op.person);
  }

  test('a stranger is sent to sign in, and sees the page and is known by their claims afterwards', async () => {
    const agent = new UserAgent();
    const { page, forms } = await signIn(agent);
    expect(forms).toEqual(['identifier-form', 'password-form', 'consent-form']);
    expect(page.url).toBe(`${url}/protected/`);
    expect(page.text).toContain('page protected');
    expect(page.headers.get('x-email')).toBe(op.person.email);
    expect(page.headers.get('x-name')).toBe('Ada Lovelace');
    expect((await new UserAgent().open(`${url}/open/`)).text).toContain('page open');
  });

  test('who is signed in at Gatehouse gets in without being asked', async () => {
    const agent = new UserAgent();
    await signIn(agent);
    for (const name of agent.cookies.keys())
      if (name.includes('mod_auth_openidc')) agent.cookies.delete(name);
    const again = await signIn(agent);
    expect(again.forms).toEqual([]);
    expect(again.page.text).toContain('page protected');
  });

  test('signing out there signs out here', async () => {
    const agent = new UserAgent();
    await signIn(agent);
    const out = await agent.open(`${url}/protected/callback?logout=${encodeURIComponent(`${url}/open/`)}`);
    expect(out.url).toBe(`${url}/open/`);
    expect((await agent.open(`${url}/protected/`)).text).toContain('identifier-form');
  });

  // In a query it takes an error that says who it comes from (RFC 9207) for a third party that starts a sign-in.
  if (responseMode === 'query') return;

  test('a sign-in that is cancelled lets nobody in', async () => {
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(`${url}/protected/`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('access_denied').first().waitFor();
    expect(await page.content()).not.toContain('page protected');
    await page.goto(`${url}/protected/`);
    await page.getByLabel('Email').waitFor();
    await browser.close();
  });
});
