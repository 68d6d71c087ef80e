import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareCoreModules } from './core-modules.ts';
import { refusal } from './core-variant.ts';
import { checksOf } from './fapi-client.ts';
import {
  type Authorization,
  type AuthorizationResponse,
  callback,
  type OpUnderTest,
  startOp,
  type TestClient,
} from './op-under-test.ts';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register();
});
afterAll(() => op.close());

const redeem = (response: AuthorizationResponse, by = client) =>
  authorizationCodeGrant(by.config, response.url, checksOf(response));

async function signIn(options: Omit<Authorization, 'client'> = {}, by = client) {
  const response = await op.authorize({ client: by, ...options });
  return { response, tokens: await redeem(response, by) };
}

declareCoreModules('Basic', { responseType: 'code' }, () => op);

describe('OpenID Connect Core 1.0 · Basic', () => {
  test('oidcc-idtoken-signature: RS256 and what else was registered', async () => {
    for (const algorithm of ['RS256', 'ES256']) {
      const own = await op.register({ id_token_signed_response_alg: algorithm });
      const { response, tokens } = await signIn({}, own);
      await op.verifyIdToken(tokens.id_token ?? '', own, response.sent.nonce);
      const [header = ''] = (tokens.id_token ?? '').split('.');
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: algorithm });
    }
  });

  test('oidcc-ensure-registered-redirect-uri: any other address is refused on a page of ours', async () => {
    const mutations = [
      'https://rp.example/callback/',
      'https://rp.example/callback?x=1',
      'https://rp.example/Callback',
      'https://rp.example/callback/../callback',
      'https://rp.example/callback%2e',
      'https://rp.example:444/callback',
      'http://rp.example/callback',
      'https://rp.example@evil.example/callback',
      'https://evil.example/callback',
      'https://rp.example.evil.example/callback',
      'https://rp.example/callback#fragment',
      '//rp.example/callback',
      'javascript:alert(1)',
      '',
    ];
    for (const redirect_uri of mutations) {
      const { mode, page } = await op.authorize({ client, params: { redirect_uri } });
      expect(mode, redirect_uri).toBeUndefined();
      expect(page.status, redirect_uri).toBe(400);
    }
    expect((await op.authorize({ client })).params.get('code')).not.toBeNull();
  });

  test('a parameter that comes twice is refused, also by POST', async () => {
    const agent = op.browser();
    const twice = (name: string, value: string) =>
      `client_id=${client.id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(callback)}&${name}=${value}&${name}=${value}`;
    for (const query of [twice('state', 'a'), twice('nonce', 'a'), twice('prompt', 'none')]) {
      const byGet = await agent.open(`${op.issuer}/auth?${query}`);
      const byPost = await agent.post(`${op.issuer}/auth`, query);
      for (const page of [byGet, byPost]) {
        expect(page.url + page.text).toMatch(/invalid_request/);
        expect(new URL(page.url).searchParams.has('code')).toBe(false);
      }
    }
  });

  test('long and strange values of state and nonce come back as they were', async () => {
    for (const value of [
      'a b+c&d=e%20',
      '日本語 ☃ "quoted" <b>',
      "'; DROP TABLE account; --",
      'x'.repeat(2000),
    ]) {
      const response = await op.authorize({ client, params: { state: value, nonce: value } });
      expect(response.params.get('state')).toBe(value);
      const tokens = await authorizationCodeGrant(client.config, response.url, {
        pkceCodeVerifier: response.sent.verifier,
        expectedState: value,
        expectedNonce: value,
      });
      expect(tokens.claims()?.nonce).toBe(value);
    }
  });

  test('oidcc-ensure-post-request-succeeds: with the session that a form of another site cannot send along', async () => {
    const agent = op.browser();
    await signIn({ agent });
    const { response, tokens } = await signIn({ agent, method: 'POST', params: { prompt: 'none' } });
    expect(response.forms).toEqual([]);
    expect(tokens.claims()?.sub).toBeDefined();
    const tooLong = await agent.post(
      `${op.issuer}/auth`,
      `client_id=${client.id}&state=${'x'.repeat(15_000)}`,
    );
    expect(tooLong.status).toBe(413);
  });

  test('oidcc-server-client-secret-post, and a wrong secret buys nothing', async () => {
    const post = await op.register({ token_endpoint_auth_method: 'client_secret_post' });
    const { response, tokens } = await signIn({}, post);
    await op.verifyIdToken(tokens.id_token ?? '', post, response.sent.nonce);

    const { params, sent } = await op.authorize({ client });
    const redeemWith = (authentication: Record<string, string>) =>
      fetch(op.metadata.token_endpoint ?? '', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: params.get('code') ?? '',
          redirect_uri: callback,
          code_verifier: sent.verifier,
          ...authentication,
        }),
      });
    for (const client_secret of ['wrong', `${client.secret ?? ''} `, '', post.secret ?? '']) {
      const answer = await redeemWith({ client_id: client.id, client_secret });
      expect([400, 401]).toContain(answer.status);
      expect((await answer.json()) as object).not.toHaveProperty('access_token');
    }
    expect((await redeemWith({ client_id: client.id })).status).toBe(401);
    expect((await redeemWith({ client_id: client.id, client_secret: client.secret ?? '' })).status).toBe(200);
  });

  test('claims asked for one by one are shown to the person before they are released', async () => {
    const params = { claims: JSON.stringify({ userinfo: { phone_number: null } }) };
    const agent = op.browser();
    await signIn({ agent });
    const submit = agent.submit.bind(agent);
    const shown: string[] = [];
    agent.submit = (page, form, fields) => {
      shown.push(page.text);
      return submit(page, form, fields);
    };
    const { tokens } = await signIn({ agent, params });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toContain('phone number');
    const claims = await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck);
    expect(claims).toHaveProperty('phone_number');
  });

  test('a code of another client, for another redirect URI, or changed is refused', async () => {
    const stranger = await op.register();
    const stolen = await op.authorize({ client });
    expect(await refusal(redeem(stolen, stranger))).toBe('invalid_grant');
    const changed = await op.authorize({ client });
    changed.url.searchParams.set('code', `${changed.params.get('code')}x`);
    expect(await refusal(redeem(changed))).toBe('invalid_grant');

    // RFC 6749 section 4.1.3: also one that the client registered, but did not ask for this time.
    const both = await op.register({ redirect_uris: [callback, 'https://rp.example/other'] });
    const elsewhere = await op.authorize({ client: both });
    elsewhere.url.pathname = '/other';
    expect(await refusal(redeem(elsewhere, both))).toBe('invalid_grant');
    const redirect_uri = 'https://rp.example/other';
    const there = await op.authorize({ client: both, params: { redirect_uri } });
    expect(await redeem(there, both)).toHaveProperty('id_token');
  });

  test('id_token_scope_claims: a client that reads nothing but ID tokens may have the claims there', async () => {
    const own = await op.register({ id_token_scope_claims: true });
    const { tokens } = await signIn({ params: { scope: 'openid email' } }, own);
    expect(tokens.claims()).toMatchObject({ email: op.person.email });
    expect(tokens.claims()).not.toHaveProperty('name');
  });

  test('a person who cancels leaves an error behind, not a code', async () => {
    const agent = op.browser();
    const page = await agent.open(
      `${op.issuer}/auth?client_id=${client.id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(callback)}&state=s&code_challenge=${'a'.repeat(43)}&code_challenge_method=S256`,
    );
    const cancelled = await agent.submit(page, 'identifier-form', { action: 'cancel' });
    expect(new URL(cancelled.url).searchParams.get('error')).toBe('access_denied');
  });
});
