import { randomUUID } from 'node:crypto';
import { authorizationCodeGrant, clientCredentialsGrant, tokenIntrospection } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserAgent } from '../support/user-agent.ts';
import { checksOf } from './fapi-client.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { isSignedIn, signInTo } from './sign-out.ts';

const ciba = 'urn:openid:params:grant-type:ciba';
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';
const bye = 'https://rp.example/bye';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register({
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials', deviceCode, ciba],
    backchannel_token_delivery_mode: 'poll',
    post_logout_redirect_uris: [bye],
  });
});
afterAll(() => op.close());

type Params = Record<string, string>;

/**
 * The same request with one parameter twice. Of two values one reader takes the first and another the last, so what one has
 * checked is not what the other does (RFC 6749 section 3.1 and 3.2: parameters MUST NOT be included more than once).
 */
function* doubled(params: Params, name: string): Generator<URLSearchParams> {
  for (const second of [params[name] ?? '', 'another']) {
    const after = new URLSearchParams(params);
    after.append(name, second);
    yield after;
    yield new URLSearchParams([[name, second], ...Object.entries(params)]);
  }
}

const questions: Params = {
  response_type: 'code',
  scope: 'openid',
  redirect_uri: callback,
  state: 'state',
  nonce: 'nonce',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};
const requestNames = ['client_id', ...Object.keys(questions)];
const request = (): Params => ({ client_id: client.id, ...questions });

describe('RFC 6749 section 3.1: a parameter of an authorization request that comes twice', () => {
  let agent: UserAgent;
  beforeAll(async () => {
    agent = op.browser();
    await op.authorize({ client, agent });
  });

  const more: Params = { response_mode: 'query', prompt: 'none', max_age: '10000' };
  for (const name of [...requestNames, ...Object.keys(more)]) {
    test(`${name}: refused, by GET and by POST, and the request with one is taken`, async () => {
      const params = { ...more, ...request() };
      for (const twice of doubled(params, name)) {
        const pages = [
          await agent.open(`${op.issuer}/auth?${twice.toString()}`),
          await agent.post(`${op.issuer}/auth`, twice.toString()),
        ];
        for (const { url, text, status } of pages) {
          const answer = new URL(url);
          expect(answer.searchParams.has('code'), url).toBe(false);
          // Where the app itself is in doubt, nobody is sent anywhere.
          if (name === 'client_id' || name === 'redirect_uri') {
            expect([status, answer.origin]).toEqual([400, op.issuer]);
            expect(text).toContain('invalid_request');
          } else expect(answer.searchParams.get('error')).toBe('invalid_request');
        }
      }
      const one = await agent.open(`${op.issuer}/auth?${new URLSearchParams(params).toString()}`);
      expect(new URL(one.url).searchParams.has('code')).toBe(true);
    });
  }
});

const send = (path: string, body: URLSearchParams) =>
  fetch(`${op.issuer}${path}`, {
    method: 'POST',
    // A client that authenticates by a header may name itself in the body as well, once.
    headers: { Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
    body,
  });

async function freshCode(): Promise<Params> {
  const { params, sent } = await op.authorize({ client });
  return {
    grant_type: 'authorization_code',
    client_id: client.id,
    code: params.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: sent.verifier,
  };
}

async function freshRefreshToken(): Promise<Params> {
  const params = { scope: 'openid offline_access', prompt: 'consent' };
  const response = await op.authorize({ client, params });
  const { refresh_token = '' } = await authorizationCodeGrant(
    client.config,
    response.url,
    checksOf(response),
  );
  return { grant_type: 'refresh_token', refresh_token, scope: 'openid' };
}

const freshToken = async () => (await clientCredentialsGrant(client.config)).access_token;

interface Endpoint {
  title: string;
  path: string;
  /** Those that are sent twice. */
  names: string[];
  /** What is taken when it comes once. */
  good: () => Params | Promise<Params>;
  status: number;
}

const endpoints: Endpoint[] = [
  {
    title: 'token endpoint, a code',
    path: '/token',
    names: ['grant_type', 'code', 'client_id', 'redirect_uri', 'code_verifier'],
    good: freshCode,
    status: 200,
  },
  {
    title: 'token endpoint, a refresh token',
    path: '/token',
    names: ['grant_type', 'refresh_token', 'scope'],
    good: freshRefreshToken,
    status: 200,
  },
  {
    title: 'token endpoint, client credentials',
    path: '/token',
    names: ['grant_type', 'scope', 'client_id'],
    good: () => ({ grant_type: 'client_credentials', client_id: client.id, scope: '' }),
    status: 200,
  },
  {
    title: 'pushed request',
    path: '/request',
    names: requestNames,
    good: request,
    status: 201,
  },
  {
    title: 'introspection',
    path: '/token/introspection',
    names: ['token', 'token_type_hint', 'client_id'],
    good: async () => ({
      token: await freshToken(),
      token_type_hint: 'access_token',
      client_id: client.id,
    }),
    status: 200,
  },
  {
    title: 'device authorization',
    path: '/device/auth',
    names: ['client_id', 'scope', 'nonce'],
    good: () => ({ client_id: client.id, scope: 'openid', nonce: randomUUID() }),
    status: 200,
  },
  {
    title: 'backchannel authentication',
    path: '/backchannel',
    names: ['client_id', 'scope', 'login_hint', 'binding_message', 'requested_expiry'],
    good: () => ({
      client_id: client.id,
      scope: 'openid',
      login_hint: op.person.email,
      binding_message: 'TABLE-7',
      requested_expiry: '60',
    }),
    status: 200,
  },
];

for (const { title, path, names, good, status } of endpoints) {
  describe(`RFC 6749 section 3.2: a parameter that comes twice · ${title}`, () => {
    for (const name of names) {
      test(`${name}: refused, and the request with one is taken`, async () => {
        const params = await good();
        for (const twice of doubled(params, name)) {
          const response = await send(path, twice);
          expect(response.status, twice.toString()).toBe(400);
          expect(await response.json()).toMatchObject({ error: 'invalid_request' });
        }
        expect((await send(path, new URLSearchParams(params))).status).toBe(status);
      });
    }
  });
}

describe('what was refused has done nothing', () => {
  test('revocation: a token that is named twice is still good, and one that is named once is not', async () => {
    const token = await freshToken();
    const params = { token, token_type_hint: 'access_token', client_id: client.id };
    for (const name of Object.keys(params)) {
      for (const twice of doubled(params, name)) {
        const response = await send('/token/revocation', twice);
        expect(response.status, twice.toString()).toBe(400);
        expect(await response.json()).toMatchObject({ error: 'invalid_request' });
      }
    }
    expect(await tokenIntrospection(client.config, token)).toMatchObject({ active: true });
    expect((await send('/token/revocation', new URLSearchParams(params))).status).toBe(200);
    expect(await tokenIntrospection(client.config, token)).toEqual({ active: false });
  });

  test('end_session: nobody is signed out, and with one of each the person is', async () => {
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    const params = {
      id_token_hint: idToken,
      client_id: client.id,
      post_logout_redirect_uri: bye,
      state: 'state',
    };
    for (const name of Object.keys(params)) {
      for (const twice of doubled(params, name)) {
        const page = await agent.open(`${op.issuer}/session/end?${twice.toString()}`);
        expect([page.status, new URL(page.url).origin], name).toEqual([400, op.issuer]);
        expect(page.text).toContain('invalid_request');
      }
    }
    expect(await isSignedIn(op, client, agent)).toBe(true);
    const out = await agent.open(`${op.issuer}/session/end?${new URLSearchParams(params).toString()}`);
    expect(out.url).toBe(`${bye}?state=state`);
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('userinfo: one token, in one place', async () => {
    const response = await op.authorize({ client });
    const { access_token } = await authorizationCodeGrant(client.config, response.url, checksOf(response));
    const ask = async (body: URLSearchParams, headers: Record<string, string> = {}) =>
      (await fetch(`${op.issuer}/me`, { method: 'POST', headers, body })).status;
    for (const twice of doubled({ access_token }, 'access_token')) expect(await ask(twice)).toBe(400);
    const one = new URLSearchParams({ access_token });
    // RFC 6750 section 2: clients MUST NOT use more than one method to transmit the token in each request.
    expect(await ask(one, { Authorization: `Bearer ${access_token}` })).toBe(400);
    expect(await ask(one)).toBe(200);
  });

  test('a secret that comes twice, or in two ways, is none', async () => {
    const post = await op.register({ token_endpoint_auth_method: 'client_secret_post' });
    const params = { token: 'x', client_id: post.id, client_secret: post.secret ?? '' };
    const ask = async (body: URLSearchParams, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${op.issuer}/token/introspection`, { method: 'POST', headers, body });
      return [answer.status, ((await answer.json()) as { error?: string }).error];
    };
    const refused = [400, 'invalid_request'];
    for (const twice of doubled(params, 'client_secret')) expect(await ask(twice)).toEqual(refused);
    const one = new URLSearchParams(params);
    const both = { Authorization: `Basic ${Buffer.from(`${post.id}:${post.secret}`).toString('base64')}` };
    expect(await ask(one, both)).toEqual(refused);
    expect(await ask(one)).toEqual([200, undefined]);
  });

  test('what stands in the address of a token request is not read', async () => {
    const params = await freshCode();
    const inAddress = await send(`/token?${new URLSearchParams(params).toString()}`, new URLSearchParams());
    expect(inAddress.status).toBe(400);
    expect((await send('/token?grant_type=client_credentials', new URLSearchParams(params))).status).toBe(
      200,
    );
  });
});
