import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { runSql, selectRows } from '../support/services.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
let web: RelyingParty;
const wrong = 'The email or password is not correct.';

beforeAll(async () => {
  gatehouse = await startTestGatehouse();
  const client = gatehouse.facts.clients['demo-web'] ?? { client_id: '' };
  web = await RelyingParty.discover(gatehouse.issuer, client, `${gatehouse.facts.sample_url}/callback`);
});
afterAll(() => gatehouse.close());

const browser = (headers: Record<string, string> = {}) =>
  new UserAgent([gatehouse.facts.sample_url], { headers });
const person = () => gatehouse.facts.account;

async function start(agent: UserAgent, params: Record<string, string> = {}): Promise<Page> {
  const { url } = await web.request(params);
  return agent.open(url);
}

async function atPassword(agent: UserAgent, identifier = person().email): Promise<Page> {
  return agent.submit(await start(agent), 'identifier-form', { identifier, action: 'continue' });
}

const isSignedIn = async (agent: UserAgent) =>
  (await start(agent, { prompt: 'none' })).url.includes('code=') ||
  !(await start(agent, { prompt: 'none' })).url.includes('login_required');

describe('the identifier page', () => {
  test('says what is missing, first in a summary and again at the field, and keeps the title honest', async () => {
    const agent = browser();
    const page = await agent.submit(await start(agent), 'identifier-form', {
      identifier: '  ',
      action: 'continue',
    });
    expect(page.status).toBe(422);
    expect(page.text).toContain('<title>Error: Sign in · Sample application</title>');
    expect(page.text.match(/Enter your email address\./g)).toHaveLength(2);
    expect(page.text).toMatch(
      /id="identifier"[^>]*aria-invalid="true" aria-describedby="identifier-problem"/,
    );
  });

  test('is prefilled by login_hint, escaped', async () => {
    const page = await start(browser(), { login_hint: 'ada"><script>@example.com' });
    expect(page.text).toContain('value="ada&quot;&gt;&lt;script&gt;@example.com"');
  });

  test('has the autocomplete tokens that password managers and passkeys need', async () => {
    const agent = browser();
    expect((await start(agent)).text).toContain('autocomplete="username webauthn"');
    const password = await atPassword(agent);
    expect(password.text).toContain('autocomplete="current-password"');
    expect(password.text).toMatch(/name="identifier" autocomplete="username" value="ada@example.com"/);
  });

  test('weighs and answers the same for an unknown identifier', async () => {
    const known = await atPassword(browser(), 'ada@example.com');
    const unknown = await atPassword(browser(), 'bob@example.com');
    expect(unknown.status).toBe(known.status);
    expect(unknown.text.length).toBe(known.text.length);
  });
});

describe('the password page', () => {
  test.each([
    ['a wrong password', 'ada@example.com', 'not the password'],
    ['an unknown account', 'bob@example.com', 'not the password'],
    ['a password of a megabyte (too large a form)', 'ada@example.com', undefined],
  ])('says the same for %s, echoes nothing, and signs nobody in', async (_what, identifier, password) => {
    const agent = browser();
    const page = await atPassword(agent, identifier);
    if (password === undefined) {
      const answer = await agent.submit(page, 'password-form', { password: 'x'.repeat(1_000_000) });
      expect(answer.status).toBe(413);
    } else {
      const answer = await agent.submit(page, 'password-form', { password, action: 'sign-in' });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(wrong);
      expect(answer.text).not.toContain(password);
      // Positive control: the same page takes the right password where there is one.
      if (identifier === person().email) {
        const { page: last } = await answerPages(agent, answer, person());
        expect(last.url).toContain('code=');
        return;
      }
    }
    expect(await isSignedIn(agent)).toBe(false);
  });

  test('asks for a password also where the form has no such field at all', async () => {
    const agent = browser();
    const page = await atPassword(agent);
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const headers = { 'Sec-Fetch-Site': 'same-origin' };
    const answer = await agent.send('POST', page.url, new URLSearchParams({ csrf }).toString(), headers);
    expect([answer.status, answer.text.includes('Enter your password.')]).toEqual([422, true]);
    const nothing = await agent.send('POST', page.url, '', headers);
    expect(nothing.status).toBe(403);
  });

  test('asks for a password when none was entered', async () => {
    const agent = browser();
    const answer = await agent.submit(await atPassword(agent), 'password-form', {
      password: '',
      action: 'sign-in',
    });
    expect(answer.text).toContain('Enter your password.');
  });

  test('“Change” goes back to the identifier', async () => {
    const agent = browser();
    const answer = await agent.submit(await atPassword(agent, 'bob@example.com'), 'password-form', {
      action: 'change',
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('id="identifier-form"');
  });

  test('a disabled account is refused like a wrong password, and its tokens die at once', async () => {
    const database = (status: string) =>
      selectRows(
        gatehouse.databaseUrl,
        `UPDATE account SET status = '${status}' WHERE email = 'ada@example.com'`,
      );
    await database('disabled');
    try {
      const agent = browser();
      const answer = await agent.submit(await atPassword(agent), 'password-form', {
        password: person().password,
      });
      expect(answer.text).toContain(wrong);
    } finally {
      await database('active');
    }
  });
});

// Each test begins as if nobody had allowed anything yet.
beforeEach(() => runSql(gatehouse.databaseUrl, 'DELETE FROM consent'));

describe('on the way', () => {
  test('Cancel returns to the app with access_denied, at every step', async () => {
    const agent = browser();
    const first = await agent.submit(await start(agent), 'identifier-form', { action: 'cancel' });
    expect(new URL(first.url).searchParams.get('error')).toBe('access_denied');
    const second = await agent.submit(await atPassword(agent), 'password-form', { action: 'cancel' });
    expect(new URL(second.url).searchParams.get('error')).toBe('access_denied');
    expect(await isSignedIn(agent)).toBe(false);
  });

  test('a verified password alone is no session: without consent the browser is signed in, the app gets nothing', async () => {
    const agent = browser();
    const page = await agent.submit(await atPassword(agent), 'password-form', {
      password: person().password,
    });
    expect(page.text).toContain('id="consent-form"');
    const denied = await agent.submit(page, 'consent-form', { action: 'cancel' });
    expect(new URL(denied.url).searchParams.get('error')).toBe('access_denied');
  });

  test('two tabs side by side both work', async () => {
    const agent = browser();
    const one = await start(agent);
    const two = await start(agent);
    const first = await answerPages(agent, one, person());
    expect(first.page.url).toContain('code=');
    const second = await answerPages(agent, two, person());
    // The session changed under the second tab: a friendly page, and the app's next request goes through.
    expect([second.page.status, second.page.url.includes('code=')]).not.toEqual([500, false]);
    expect((await start(agent, { prompt: 'none' })).url).toContain('code=');
  });

  test('a form of an earlier step (back button) is answered with the present step, not an error', async () => {
    const agent = browser();
    const identifier = await start(agent);
    await agent.submit(identifier, 'identifier-form', { identifier: person().email });
    const again = await agent.submit(identifier, 'identifier-form', { identifier: 'bob@example.com' });
    expect(again.status).toBe(200);
    expect(again.text).toContain('id="password-form"');
    expect(again.text).toContain(person().email);
  });

  test('a finished interaction cannot be used again and leads back to the app', async () => {
    const agent = browser();
    const page = await start(agent);
    const copy = agent.clone();
    await answerPages(agent, page, person());
    const late = await copy.open(page.url);
    expect(late.status).toBe(400);
    expect(late.text).toContain('This sign-in has expired');
    expect(late.text).toContain(`href="${gatehouse.facts.sample_url}"`);
    expect(late.text).toContain('Back to Sample application');
  });

  test.each([
    ['no cookie', 'interaction session id cookie not found'],
    ['the cookie of another interaction', 'the cookie is of another interaction'],
  ])('%s: a friendly page, and the log says which', async (what, cause) => {
    const agent = browser();
    const page = await start(agent);
    const other = browser();
    if (what !== 'no cookie') {
      const foreign = new URL((await start(other)).url);
      for (const [key, cookie] of other.cookies) {
        if (!key.includes('interaction')) continue;
        other.cookies.set(`${key.split(' ')[0]} /`, { value: cookie.value, path: '/' });
        other.cookies.delete(`${key.split(' ')[0]} ${foreign.pathname}`);
      }
    }
    const answer = await other.open(page.url);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('This sign-in has expired');
    const requestId = answer.headers.get('x-request-id');
    expect(answer.text).toContain(requestId);
    expect(
      gatehouse.log.find(line => line['request_id'] === requestId && line['event'] === 'interaction.expired'),
    ).toMatchObject({ cause });
    // Positive control: whoever started it can go on.
    expect((await agent.open(page.url)).text).toContain('id="identifier-form"');
  });
});

describe('a form from elsewhere', () => {
  const post = async (
    agent: UserAgent,
    page: Page,
    change: (body: URLSearchParams, headers: Record<string, string>) => void,
  ) => {
    const body = new URLSearchParams({
      csrf: /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '',
      password: person().password,
      action: 'sign-in',
    });
    const headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin' };
    change(body, headers);
    return agent.send('POST', page.url, body.toString(), headers);
  };

  test.each([
    [
      'another site says so',
      (_body: URLSearchParams, headers: Record<string, string>) =>
        void (headers['Sec-Fetch-Site'] = 'cross-site'),
    ],
    [
      'a sibling host says so',
      (_body: URLSearchParams, headers: Record<string, string>) =>
        void (headers['Sec-Fetch-Site'] = 'same-site'),
    ],
    [
      'an old browser names another origin',
      (_body: URLSearchParams, headers: Record<string, string>) => {
        headers['Sec-Fetch-Site'] = '';
        headers['Origin'] = 'https://evil.example';
      },
    ],
    [
      'nothing says where it is from',
      (_body: URLSearchParams, headers: Record<string, string>) => void (headers['Sec-Fetch-Site'] = ''),
    ],
    ['the token is missing', (body: URLSearchParams) => body.delete('csrf')],
    ['the token is another', (body: URLSearchParams) => body.set('csrf', 'x'.repeat(43))],
  ])('is refused when %s, and nobody is signed in', async (_what, change) => {
    const agent = browser();
    const page = await atPassword(agent);
    const answer = await post(agent, page, change);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('opened in a way that we cannot trust');
    expect(await isSignedIn(agent)).toBe(false);
    // Positive control: the same body from our own page goes on.
    expect((await post(agent, page, () => {})).status).toBe(200);
  });

  test('an old browser that names our origin is let in', async () => {
    const agent = browser();
    const page = await atPassword(agent);
    const answer = await post(agent, page, (_body, headers) => {
      headers['Sec-Fetch-Site'] = '';
      headers['Origin'] = gatehouse.issuer;
    });
    expect(answer.headers.get('refresh')).toContain('/auth/');
  });
});

describe('consent', () => {
  const all = { scope: 'openid profile email address offline_access', prompt: 'consent' };

  test('says in words what the app gets, and only what was ticked is given', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await start(agent, all);
    expect(page.text).toContain('See your postal address');
    expect(page.text).toContain('You will go back to localhost');
    const { url, redeem } = await web.request(all);
    const { page: last } = await answerPages(agent, await agent.open(url), person(), ['offline_access']);
    const tokens = await redeem(last.url);
    expect(tokens.scope?.split(' ')).toEqual(
      expect.arrayContaining(['openid', 'profile', 'email', 'offline_access']),
    );
    expect(tokens.scope).not.toContain('address');
  });

  test('is not asked again for what was allowed, nor for what was left out', async () => {
    const agent = browser();
    await web.signIn(agent, person(), { params: { scope: 'openid phone' }, ticked: [] });
    const again = await web.signIn(agent, person(), { params: { scope: 'openid phone' } });
    expect(again.forms).toEqual([]);
    expect(again.tokens.scope).toBe('openid');
    const more = await web.signIn(agent, person(), { params: { scope: 'openid address' } });
    expect(more.forms).toEqual(['consent-form']);
  });

  test('a scope that was not asked cannot be slipped in with the form', async () => {
    const agent = browser();
    const page = await start(agent, { scope: 'openid' });
    const consent = await answerPages(agent, page, person(), ['openid', 'email', 'notes:write']);
    expect(consent.page.url).toContain('code=');
    const rows = await selectRows<{ payload: string }>(
      gatehouse.databaseUrl,
      "SELECT payload FROM artifact WHERE model = 'Grant'",
    );
    expect(rows.some(({ payload }) => payload.includes('notes:write'))).toBe(false);
  });
});

describe('proving it again', () => {
  test('an app that hints at another account gets the identifier page, prefilled', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await start(agent, { prompt: 'login', login_hint: 'bob@example.com' });
    expect(page.text).toContain('id="identifier-form"');
    expect(page.text).toContain('value="bob@example.com"');
    const own = await start(agent, { prompt: 'login' });
    expect(own.text).toContain('id="password-form"');
    // Another may sign in instead.
    expect((await agent.submit(own, 'password-form', { action: 'change' })).text).toContain(
      'id="identifier-form"',
    );
  });
});

describe('choosing an account', () => {
  test('goes on with the one that is signed in', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await start(agent, { prompt: 'select_account' });
    expect(page.text).toContain('ada@example.com');
    expect((await agent.submit(page, 'select-account-form', { action: 'continue' })).url).toContain('code=');
  });

  test('or lets another sign in, which ends the session of the first', async () => {
    const agent = browser();
    await web.signIn(agent, person());
    const page = await agent.submit(await start(agent, { prompt: 'select_account' }), 'select-account-form', {
      action: 'other',
    });
    expect(page.text).toContain('id="identifier-form"');
    expect((await answerPages(agent, page, person())).page.url).toContain('code=');
  });

  test('is skipped where nobody is signed in', async () => {
    const page = await start(browser(), { prompt: 'select_account' });
    expect(page.text).toContain('id="identifier-form"');
  });
});

describe('languages', () => {
  test.each([
    ['the app’s wish', { ui_locales: 'de' }, {}, '<html lang="de" dir="ltr">'],
    ['the browser’s wish', {}, { 'Accept-Language': 'fr-CH, en;q=0.5' }, '<html lang="fr" dir="ltr">'],
    ['right to left', { ui_locales: 'xx ar' }, {}, '<html lang="ar" dir="rtl">'],
    ['none of ours', { ui_locales: 'xx' }, { 'Accept-Language': '*' }, '<html lang="en" dir="ltr">'],
  ])('follow %s', async (_what, params, headers, expected) => {
    expect((await start(browser(headers), params)).text).toContain(expected);
  });

  test('can be chosen on the page and are remembered', async () => {
    const agent = browser();
    const page = await start(agent);
    const link = /href="([^"]*lang&#x3D;es[^"]*)"/.exec(page.text)?.[1] ?? '';
    const chosen = await agent.open(
      new URL(link.replaceAll('&amp;', '&').replaceAll('&#x3D;', '='), page.url).href,
    );
    expect(chosen.text).toContain('<html lang="es"');
    expect((await start(agent)).text).toContain('<html lang="es"');
    expect((await agent.open(`${page.url}&lang=%2F%2Fevil.example`)).status).toBe(200);
  });
});
