import { decodeJwt } from 'jose';
import { authorizationCodeGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { UserAgent } from '../support/user-agent.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

/** As they stand in an address or a form. */
const strange: [string, string][] = [
  ['NUL', 'a%00b'],
  ['half of a surrogate pair, which is no UTF-8', 'a%ED%A0%80b'],
  ['10 KB', 'x'.repeat(10_240)],
  ['right-to-left text that turns what follows', encodeURIComponent('\u202eשלום\u202c')],
  ['emoji', encodeURIComponent('👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿')],
];

/** And in JSON, where half of a pair can be written. */
const strangeInJson: [string, string][] = [
  ['NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\ud800b'],
  ['10 KB', 'x'.repeat(10_240)],
  ['right-to-left text that turns what follows', '\u202eשלום\u202c'],
  ['emoji', '👩‍👩‍👧‍👦'],
];

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp({ DANGEROUSLY_OPEN_REGISTRATION: 'true' });
  client = await op.register({
    grant_types: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:openid:params:grant-type:ciba',
    ],
    backchannel_token_delivery_mode: 'poll',
    authorization_details_types: ['note_sharing'],
    resource_scopes: { 'https://notes.example/api': 'notes:read notes:write' },
  });
});
afterAll(() => op.close());
beforeEach(() => {
  op.gatehouse.log.length = 0;
});
afterEach(() => {
  // Whatever was refused was the request's mistake, and wakes nobody.
  expect(op.gatehouse.log.filter(({ level }) => level === 'error')).toEqual([]);
});

const encode = (params: Record<string, string>) => new URLSearchParams(params).toString();
const withRaw = (params: Record<string, string>, name: string, raw: string) => {
  const { [name]: _, ...others } = params;
  return `${encode(others)}&${name}=${raw}`;
};

const authorization = () => ({
  client_id: client.id,
  response_type: 'code',
  scope: 'openid',
  redirect_uri: callback,
  state: 'state',
  nonce: 'nonce',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
});

const ofAuthorization = (
  'client_id response_type scope redirect_uri state nonce code_challenge code_challenge_method response_mode prompt ' +
  'max_age display ui_locales claims_locales id_token_hint login_hint acr_values claims request request_uri resource ' +
  'authorization_details dpop_jkt registration unknown'
).split(' ');

const ofTokens = (
  'grant_type code redirect_uri code_verifier client_id client_secret refresh_token scope resource device_code ' +
  'auth_req_id assertion subject_token subject_token_type actor_token requested_token_type audience client_assertion ' +
  'client_assertion_type authorization_details'
).split(' ');

const basic = () => `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;

/** A program's request. @returns its status, and what it was told */
async function call(path: string, body: string) {
  const response = await fetch(op.issuer + path, {
    method: 'POST',
    headers: { Authorization: basic(), 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  });
  const text = await response.text();
  return { status: response.status, text };
}

describe.each(strange)('%s', (_what, raw) => {
  test('in any parameter of an authorization request: a page or an answer in the protocol’s words', async () => {
    for (const name of ofAuthorization) {
      const page = await op.browser().send('GET', `${op.issuer}/auth?${withRaw(authorization(), name, raw)}`);
      expect(page.status, `${name}: ${page.text}`).toBeLessThan(500);
      const pushed = await call('/request', withRaw(authorization(), name, raw));
      expect(pushed.status, `pushed ${name}: ${pushed.text}`).toBeLessThan(500);
    }
  });

  test('in any parameter of a token request', async () => {
    const grants = ['authorization_code', 'client_credentials', 'refresh_token'];
    const urns = ['device_code', 'jwt-bearer', 'token-exchange'].map(
      name => `urn:ietf:params:oauth:grant-type:${name}`,
    );
    for (const grant_type of [...grants, ...urns, 'urn:openid:params:grant-type:ciba']) {
      const base = {
        grant_type,
        code: 'x',
        redirect_uri: callback,
        refresh_token: 'x',
        device_code: 'x',
        auth_req_id: 'x',
        assertion: 'x',
        subject_token: 'x',
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      };
      for (const name of ofTokens) {
        const { status, text } = await call('/token', withRaw(base, name, raw));
        expect(status, `${grant_type} ${name}: ${text}`).toBeLessThan(500);
      }
    }
  });

  test('at every other address', async () => {
    const forms: [string, string, Record<string, string>][] = [
      ['/backchannel', 'login_hint', { scope: 'openid' }],
      ['/backchannel', 'binding_message', { scope: 'openid', login_hint: op.person.email }],
      ['/backchannel', 'acr_values', { scope: 'openid', login_hint: op.person.email }],
      ['/backchannel', 'resource', { scope: 'openid', login_hint: op.person.email }],
      ['/device/auth', 'scope', {}],
      ['/device/auth', 'client_id', {}],
      ['/token/introspection', 'token', {}],
      ['/token/revocation', 'token', {}],
      ['/me', 'access_token', {}],
    ];
    for (const [path, name, base] of forms) {
      const { status, text } = await call(path, withRaw(base, name, raw));
      expect(status, `${path} ${name}: ${text}`).toBeLessThan(500);
    }
    const addresses = [
      ...['launch', 'interaction', 'approve', 'setup', 'brand', 'auth', 'reg'].map(path => `/${path}/${raw}`),
      `/device?user_code=${raw}`,
      ...['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'logout_hint', 'state'].map(
        name => `/session/end?${name}=${raw}`,
      ),
    ];
    for (const address of addresses) {
      const { status, text } = await op.browser().send('GET', op.issuer + address);
      expect(status, `${address}: ${text}`).toBeLessThan(500);
    }
  });

  test('as what a person calls themselves: the page asks again, or goes on as for anybody', async () => {
    const browser = op.browser();
    const page = await browser.open(`${op.issuer}/auth?${encode(authorization())}`);
    const identifier = decodeURIComponent(raw.replace('%ED%A0%80', '%EF%BF%BD'));
    const answer = await browser.submit(page, 'identifier-form', { identifier, action: 'continue' });
    expect([200, 400, 422], answer.text).toContain(answer.status);
  });
});

test('a NUL is refused in words that the protocol has', async () => {
  const page = await op.browser().open(`${op.issuer}/auth?${withRaw(authorization(), 'client_id', '%00')}`);
  expect([page.status, page.text]).toEqual([400, expect.stringContaining('invalid_request')]);
  expect((await op.browser().open(`${op.issuer}/launch/%00`)).status).toBe(400);
  for (const [path, body] of [
    ['/backchannel', 'scope=openid&login_hint=%00'],
    ['/token', 'grant_type=client_credentials&resource=https://notes.example/%00'],
    ['/token', 'grant_type=client_credentials&resource=https://notes.example/api&scope=notes:read%00'],
    ['/device/auth', 'resource=https://notes.example/%00'],
  ] as const) {
    const { status, text } = await call(path, body);
    expect([status, JSON.parse(text)], path).toEqual([
      400,
      expect.objectContaining({ error: expect.stringMatching(/^(invalid|unknown)_\w+$/) as string }),
    ]);
  }
});

describe('state and nonce come back as they were', () => {
  let signedIn: UserAgent;
  beforeAll(async () => {
    signedIn = op.browser();
    await op.authorize({ client, agent: signedIn });
  });

  const whole = strange.filter(([what]) => !what.startsWith('half'));
  test.each(whole)('%s', async (_what, raw) => {
    const value = decodeURIComponent(raw);
    const ways: Record<string, string>[] = [
      { state: value },
      { nonce: value },
      { state: value, response_mode: 'jwt' },
    ];
    for (const way of ways) {
      const response = await op.authorize({ client, agent: signedIn, params: { prompt: 'none', ...way } });
      const answer = response.params.get('response');
      const state = answer === null ? response.params.get('state') : decodeJwt(answer)['state'];
      expect(state).toBe(way['state'] ?? response.sent.state);
      if (answer !== null) continue;
      const tokens = await authorizationCodeGrant(client.config, response.url, {
        pkceCodeVerifier: response.sent.verifier,
        expectedState: String(state),
        expectedNonce: way['nonce'] ?? response.sent.nonce,
      });
      expect(tokens.claims()?.nonce).toBe(way['nonce'] ?? response.sent.nonce);
    }
  });

  test('also an error that goes back to the app has the state', async () => {
    for (const [, raw] of whole) {
      const query = withRaw({ ...authorization(), prompt: 'none' }, 'state', raw);
      const page = await op.browser().open(`${op.issuer}/auth?${query}`);
      const { searchParams } = new URL(page.url);
      expect([searchParams.get('error'), searchParams.get('state')]).toEqual([
        'login_required',
        decodeURIComponent(raw),
      ]);
    }
  });
});

describe('metadata of a client that registers itself is kept as it is, or refused', () => {
  const register = (metadata: object) =>
    fetch(String(op.metadata.registration_endpoint), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [callback], ...metadata }),
    });

  test.each(strangeInJson)('%s', async (_what, value) => {
    for (const metadata of [
      { client_name: value },
      { contacts: [value] },
      { client_uri: `https://rp.example/${value}` },
      { redirect_uris: [`${callback}?${value}`] },
      { scope: `openid ${value}` },
      {
        jwks: {
          keys: [
            { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: value },
          ],
        },
      },
      { default_acr_values: [value] },
      { tos_uri: value },
      { brand_color: value },
      { allowed_origins: [value] },
    ]) {
      const response = await register(metadata);
      const answer = (await response.json()) as Record<string, unknown>;
      const what = JSON.stringify([metadata, answer]).slice(0, 500);
      if (response.status === 201) expect(answer, what).toMatchObject(metadata);
      else {
        expect(response.status, what).toBe(400);
        expect(answer['error'], what).toMatch(/^invalid_(client_metadata|redirect_uri)$/);
      }
    }
  });

  test('a name in any writing is kept; one that is not text is not', async () => {
    for (const client_name of ['\u202eשלום\u202c', '👩‍👩‍👧‍👦']) {
      expect(await (await register({ client_name })).json()).toMatchObject({ client_name });
    }
    for (const client_name of ['a\0b', 'a\ud800b', 'a\udc00b']) {
      expect(await (await register({ client_name })).json()).toEqual({
        error: 'invalid_client_metadata',
        error_description: 'the metadata has characters that are not text',
      });
    }
  });
});

describe('details of a request (RFC 9396)', () => {
  const detail = (note: string) =>
    JSON.stringify([{ type: 'note_sharing', note, recipient: 'ada@example.com', actions: ['read'] }]);

  test.each(strangeInJson)(
    '%s: refused wherever they are sent, or in the token as they were',
    async (what, note) => {
      const details = { authorization_details: detail(note) };
      const person = { scope: 'openid', login_hint: op.person.email };
      const answers = [
        await call('/request', encode({ ...authorization(), ...details })),
        await call('/backchannel', encode({ ...person, ...details })),
      ];
      const isFine = /right-to-left|emoji/.test(what);
      for (const { status, text } of answers) {
        expect(status, text).toBe(isFine ? (text.includes('request_uri') ? 201 : 200) : 400);
        if (!isFine) expect(JSON.parse(text)).toMatchObject({ error: 'invalid_authorization_details' });
      }
      const response = await op.authorize({ client, params: details });
      if (!isFine) return expect(response.params.get('error')).toBe('invalid_authorization_details');
      const tokens = await authorizationCodeGrant(client.config, response.url, {
        pkceCodeVerifier: response.sent.verifier,
        expectedState: response.sent.state,
        expectedNonce: response.sent.nonce,
      });
      expect(decodeJwt(tokens.access_token)['authorization_details']).toEqual(JSON.parse(detail(note)));
    },
  );
});
