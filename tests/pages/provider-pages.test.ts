import { buildEndSessionUrl, initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { UserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let web: RelyingParty;

beforeAll(async () => {
  gatehouse = await startTestGatehouse();
  web = await RelyingParty.discover(
    gatehouse.issuer,
    gatehouse.facts.clients['demo-web'] ?? { client_id: '' },
    `${gatehouse.facts.sample_url}/callback`,
  );
});
afterAll(() => gatehouse.close());

const browser = () => new UserAgent([gatehouse.facts.sample_url]);
const person = () => gatehouse.facts.account;

describe('signing out', () => {
  const target = () => `${gatehouse.facts.sample_url}/signed-out`;
  const url = (parameters: Record<string, string>) => buildEndSessionUrl(web.config, parameters).href;

  test('without a hint asks first, and “Stay” keeps the session', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await agent.open(url({ client_id: 'demo-web', post_logout_redirect_uri: target() }));
    expect(page.text).toContain('Sample application asks to sign you out');
    const stayed = await agent.submit(page, 'sign-out-form');
    expect(stayed.url).toContain(target());
    expect((await web.signIn(agent, person(), { params: { prompt: 'consent' } })).forms).toEqual([
      'consent-form',
    ]);

    const again = await agent.open(url({ client_id: 'demo-web', post_logout_redirect_uri: target() }));
    expect((await agent.submit(again, 'sign-out-form', { logout: 'yes' })).url).toContain(target());
    expect((await agent.open((await web.request({ prompt: 'none' })).url)).url).toContain(
      'error=login_required',
    );
  });

  test('without an app ends on our own page', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await agent.open(`${gatehouse.issuer}/session/end`);
    expect((await agent.submit(page, 'sign-out-form', { logout: 'yes' })).text).toContain(
      'You are signed out',
    );
    expect((await agent.open(`${gatehouse.issuer}/session/end`)).text).toContain('You are signed out');
  });

  test('staying signed in without a way back says so', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await agent.open(`${gatehouse.issuer}/session/end?client_id=demo-web`);
    const stayed = await agent.submit(page, 'sign-out-form');
    expect(stayed.text).toContain('You are still signed in here.');
    expect(stayed.text).toContain('Back to Sample application');
  });

  test('an ID token of another session is no permission to end this one', async () => {
    const agent = browser();
    const own = await web.signIn(agent, person());
    const other = await web.signIn(browser(), person());
    const hinted = (idToken = '') => url({ id_token_hint: idToken, post_logout_redirect_uri: target() });
    expect((await agent.open(hinted(other.tokens.id_token))).text).toContain('id="sign-out-form"');
    expect((await agent.open((await web.request({ prompt: 'none' })).url)).url).toContain('code=');
    const forged = await agent.open(url({ id_token_hint: 'eyJhbGciOiJub25lIn0.eyJhdWQiOiJkZW1vLXdlYiJ9.' }));
    expect(forged.status).toBe(400);
    expect(forged.text).toContain('invalid_request');
    // Positive control: its own names this session, and nothing is asked.
    expect((await agent.open(hinted(own.tokens.id_token))).url).toContain(target());
  });

  test('a form of another site signs nobody out', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    await agent.open(`${gatehouse.issuer}/session/end`);
    const answer = await agent.send(
      'POST',
      `${gatehouse.issuer}/session/end/confirm`,
      'xsrf=guessed&logout=yes',
    );
    expect(answer.status).toBe(400);
    expect((await agent.open((await web.request({ prompt: 'none' })).url)).url).toContain('code=');
  });
});

describe('connecting a device', () => {
  const device = async () => {
    const { config } = await RelyingParty.discover(gatehouse.issuer, { client_id: 'demo-device' }, '');
    const parameters = { scope: 'openid email notes:read', resource: 'https://notes.example/api' };
    return { config, ...(await initiateDeviceAuthorization(config, parameters)) };
  };

  test('code, confirmation, sign-in, consent: then the device gets its tokens', async () => {
    const { config, ...started } = await device();
    const agent = browser();
    const entry = await agent.open(started.verification_uri);
    const confirm = await agent.submit(entry, 'device-form', {
      user_code: started.user_code.toLowerCase().replace('-', ' '),
    });
    expect(confirm.text).toContain('Does your device show this code?');
    expect(confirm.text).toContain(started.user_code);
    const after = await agent.submit(confirm, 'device-confirm-form');
    const { page, forms } = await answerPages(agent, after, person());
    expect(forms).toEqual(['identifier-form', 'password-form', 'consent-form']);
    expect(page.text).toContain('Your device is connected');
    const tokens = await pollDeviceAuthorizationGrant(config, { ...started, interval: 0 });
    expect(tokens.claims()?.aud).toBe('demo-device');
  });

  test('a prefilled code still asks', async () => {
    const { verification_uri_complete: complete = '', user_code: code } = await device();
    const page = await browser().open(complete);
    expect(page.text).toContain('id="device-confirm-form"');
    expect(page.text).toContain(code);
  });

  test('a wrong code is said to be wrong, and Cancel gives the device nothing', async () => {
    const { config, ...started } = await device();
    const agent = browser();
    const entry = await agent.open(started.verification_uri);
    const wrong = await agent.submit(entry, 'device-form', { user_code: 'BBBB-BBBB' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('That code is not correct or has expired.');
    const confirm = await agent.submit(wrong, 'device-form', { user_code: started.user_code });
    const cancelled = await agent.submit(confirm, 'device-confirm-form', { abort: 'yes' });
    expect(cancelled.text).toContain('Nothing was connected');
    await expect(pollDeviceAuthorizationGrant(config, { ...started, interval: 0 })).rejects.toMatchObject({
      error: 'access_denied',
    });
  });
});

describe('answers that leave by a form', () => {
  test('form_post uses our page, and its policy lets the form go to the app and nowhere else', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const { url } = await web.request({ response_mode: 'form_post' });
    const page = await agent.open(url);
    expect(page.text).toContain('data-submits-itself');
    expect(page.text).toMatch(/<input type="hidden" name="code" value="[\w-]{43}">/);
    const { origin } = new URL(gatehouse.facts.sample_url);
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${origin};`);
    expect(page.headers.get('content-security-policy')).not.toContain('sha256-');
  });

  test('whatever stands in state comes back as it was, and is no HTML on the way', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const state = `'"><script>&amp;</script>`;
    const page = await agent.open((await web.request({ response_mode: 'form_post', state })).url);
    expect(page.text).not.toContain('<script>&');
    expect(page.text).toContain(
      'name="state" value="&#x27;&quot;&gt;&lt;script&gt;&amp;amp;&lt;/script&gt;"',
    );
  });

  test('an error comes back the same way', async () => {
    const { url } = await web.request({ response_mode: 'form_post', prompt: 'none' });
    const page = await browser().open(url);
    expect(page.text).toContain('name="error" value="login_required"');
  });
});

describe('errors', () => {
  test.each([
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    [
      'an address that is not registered',
      { redirect_uri: 'https://evil.example/callback' },
      'invalid_redirect_uri',
    ],
  ])('%s gets a page with a number that stands in the log, and no redirect', async (_what, params, code) => {
    const page = await browser().open((await web.request(params)).url);
    expect(page.status).toBe(400);
    expect(page.text).toContain(code);
    const requestId = page.headers.get('x-request-id') ?? '';
    expect(page.text).toContain(`<dd id="support-id">${requestId}</dd>`);
    expect(
      gatehouse.log.some(line => line['request_id'] === requestId && line['event'] === 'authorization.error'),
    ).toBe(true);
    // Positive control.
    expect((await browser().open((await web.request()).url)).text).toContain('id="identifier-form"');
  });

  test('what is wrong and may be told goes back to the app', async () => {
    const answer = await browser().open(
      (await web.request({ code_challenge: '', code_challenge_method: '' })).url,
    );
    expect(new URL(answer.url).searchParams.get('error')).toBe('invalid_request');
  });

  test('a request without a client says so', async () => {
    for (const query of ['', '?client_id=', '?client_id=a&client_id=b']) {
      const page = await browser().open(`${gatehouse.issuer}/auth${query}`);
      expect([page.status, page.text.includes('invalid_request')]).toEqual([400, true]);
    }
  });

  test('nothing at this address', async () => {
    const page = await browser().open(`${gatehouse.issuer}/nothing/here`);
    expect(page.status).toBe(404);
    expect(page.text).toContain('There is nothing here');
  });

  test('a page cannot be framed, runs no foreign script and tells no other site where it was', async () => {
    const { headers } = await browser().open((await web.request()).url);
    const policy = headers.get('content-security-policy') ?? '';
    for (const directive of [
      "default-src 'none'",
      "script-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy).toContain(directive);
    }
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toContain('no-store');
  });
});
