import { UnsecuredJWT } from 'jose';
import {
  authorizationCodeGrant,
  fetchUserInfo,
  refreshTokenGrant,
  type TokenEndpointResponse,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

async function redeem({ url, sent }: AuthorizationResponse, by = client) {
  return authorizationCodeGrant(by.config, url, {
    pkceCodeVerifier: sent.verifier,
    expectedState: sent.state,
    expectedNonce: sent.nonce,
  });
}

async function signIn(options: Omit<Authorization, 'client'> = {}, by = client) {
  const response = await op.authorize({ client: by, ...options });
  return { response, tokens: await redeem(response, by) };
}

async function userinfo(tokens: TokenEndpointResponse & { claims(): { sub: string } | undefined }) {
  return fetchUserInfo(client.config, tokens.access_token, tokens.claims()?.sub ?? '');
}

const refusal = async (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error as { error?: string }).error ?? String(error),
  );

describe('OpenID Connect Core 1.0 · Basic', () => {
  test('oidcc-server: a code buys an ID token that verifies, for this client and this request', async () => {
    const { response, tokens } = await signIn({ params: { max_age: '10000' } });
    expect(response.mode).toBe('query');
    expect(response.params.get('iss')).toBe(op.issuer);
    const claims = await op.verifyIdToken(tokens.id_token ?? '', client, response.sent.nonce);
    expect(claims).toMatchObject({ iss: op.issuer, aud: client.id });
    expect(claims.exp).toBeGreaterThan(claims.iat ?? 0);
    // Section 5.4: what scopes release is at userinfo.
    expect(Object.keys(claims).toSorted()).toEqual(
      ['sub', 'aud', 'iss', 'exp', 'iat', 'nonce', 'sid', 'auth_time'].toSorted(),
    );
  });

  test('oidcc-response-type-missing: the app is told, or the person where the app cannot be', async () => {
    const { params } = await op.authorize({ client, params: { response_type: undefined } });
    expect(params.get('error')).toBe('invalid_request');
  });

  test('oidcc-idtoken-signature: RS256 and what else was registered', async () => {
    for (const algorithm of ['RS256', 'ES256']) {
      const own = await op.register({ id_token_signed_response_alg: algorithm });
      const { response, tokens } = await signIn({}, own);
      await op.verifyIdToken(tokens.id_token ?? '', own, response.sent.nonce);
      const [header = ''] = (tokens.id_token ?? '').split('.');
      expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: algorithm });
    }
  });

  test('oidcc-userinfo-get, -post-header, -post-body: the same answer each way, and only with a token', async () => {
    const { tokens } = await signIn({ params: { scope: 'openid email' } });
    const endpoint = op.metadata.userinfo_endpoint ?? '';
    const bearer = { Authorization: `Bearer ${tokens.access_token}` };
    const form = new URLSearchParams({ access_token: tokens.access_token });
    const answers = await Promise.all([
      fetch(endpoint, { headers: bearer }),
      fetch(endpoint, { method: 'POST', headers: bearer }),
      fetch(endpoint, { method: 'POST', body: form }),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ sub: tokens.claims()?.sub, email: op.person.email });
    }
    const inQuery = await fetch(`${endpoint}?access_token=${tokens.access_token}`);
    expect(inQuery.status).toBe(400);
    const without = await fetch(endpoint);
    expect([400, 401]).toContain(without.status);
    const wrong = await fetch(endpoint, { headers: { Authorization: `Bearer ${tokens.access_token}x` } });
    expect(wrong.status).toBe(401);
  });

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    const response = await op.authorize({ client, params: { nonce: undefined } });
    const tokens = await authorizationCodeGrant(client.config, response.url, {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
    });
    expect(tokens.claims()).not.toHaveProperty('nonce');
  });

  const byScope: Record<string, string[]> = {
    profile: [
      'birthdate',
      'family_name',
      'gender',
      'given_name',
      'locale',
      'middle_name',
      'name',
      'nickname',
      'picture',
      'preferred_username',
      'profile',
      'updated_at',
      'website',
      'zoneinfo',
    ],
    email: ['email', 'email_verified'],
    address: ['address'],
    phone: ['phone_number', 'phone_number_verified'],
  };
  for (const [scope, names] of Object.entries(byScope)) {
    test(`oidcc-scope-${scope}: releases exactly its claims, each of the right type`, async () => {
      const { tokens } = await signIn({ params: { scope: `openid ${scope}` } });
      const claims = await userinfo(tokens);
      expect(Object.keys(claims).toSorted()).toEqual([...names, 'sub'].toSorted());
      for (const [name, value] of Object.entries(claims)) {
        if (name.endsWith('_verified')) expect(typeof value, name).toBe('boolean');
        else if (name === 'updated_at') expect(typeof value, name).toBe('number');
        else if (name !== 'address') expect(typeof value, name).toBe('string');
      }
    });
  }

  test('oidcc-scope-all, oidcc-ensure-other-scope-order-succeeds', async () => {
    const { tokens } = await signIn({ params: { scope: 'phone address email profile openid' } });
    const claims = await userinfo(tokens);
    expect(Object.keys(claims).toSorted()).toEqual([...Object.values(byScope).flat(), 'sub'].toSorted());
  });

  test('oidcc-display-page, oidcc-display-popup, oidcc-ui-locales, oidcc-claims-locales, oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
    for (const params of [
      { display: 'page' },
      { display: 'popup' },
      { ui_locales: 'se' },
      { claims_locales: 'se' },
      { extra: 'foobar' },
    ]) {
      const { tokens } = await signIn({ params });
      expect(tokens.claims()?.sub).toBeDefined();
    }
  });

  test('oidcc-ui-locales: the pages speak the language asked for', async () => {
    const { page } = await op.authorize({ client, params: { ui_locales: 'fr de' }, agent: lookingOnly() });
    expect(page.text).toContain('<html lang="fr"');
  });

  test('oidcc-prompt-none-not-logged-in: login_required, and no page', async () => {
    const { params, forms, sent } = await op.authorize({ client, params: { prompt: 'none' } });
    expect(forms).toEqual([]);
    expect(params.get('error')).toBe('login_required');
    expect(params.get('state')).toBe(sent.state);
  });

  test('oidcc-prompt-none-logged-in: the same person, the same auth_time, no page', async () => {
    const agent = op.browser();
    const first = await signIn({ agent, params: { max_age: '10000' } });
    const second = await signIn({ agent, params: { prompt: 'none', max_age: '10000' } });
    expect(second.response.forms).toEqual([]);
    expect(second.tokens.claims()).toMatchObject({
      sub: first.tokens.claims()?.sub,
      auth_time: first.tokens.claims()?.['auth_time'],
    });
  });

  test('oidcc-prompt-login: asks again, and auth_time is never earlier', async () => {
    const agent = op.browser();
    const first = await signIn({ agent, params: { max_age: '10000' } });
    const second = await signIn({ agent, params: { prompt: 'login', max_age: '10000' } });
    expect(second.response.forms).toContain('password-form');
    expect(Number(second.tokens.claims()?.['auth_time'])).toBeGreaterThanOrEqual(
      Number(first.tokens.claims()?.['auth_time']),
    );
  });

  test('oidcc-max-age-10000: no second sign-in while the first is young enough', async () => {
    const agent = op.browser();
    const first = await signIn({ agent, params: { max_age: '10000' } });
    expect(first.tokens.claims()).toHaveProperty('auth_time');
    const second = await signIn({ agent, params: { max_age: '10000' } });
    expect(second.response.forms).toEqual([]);
    expect(second.tokens.claims()?.['auth_time']).toBe(first.tokens.claims()?.['auth_time']);
  });

  test('oidcc-id-token-hint: for the person who is signed in, silence; for anybody else, login_required', async () => {
    const [agent, stranger] = [op.browser(), op.browser()];
    const { tokens } = await signIn({ agent });
    const params = { prompt: 'none', id_token_hint: tokens.id_token ?? '' };
    expect((await op.authorize({ client, agent, params })).params.get('code')).not.toBeNull();
    expect((await op.authorize({ client, agent: stranger, params })).params.get('error')).toBe(
      'login_required',
    );
    const tampered = { ...params, id_token_hint: `${(tokens.id_token ?? '').slice(0, -4)}AAAA` };
    expect((await op.authorize({ client, agent, params: tampered })).params.get('error')).toBe(
      'invalid_request',
    );
  });

  test('oidcc-login-hint: stands in the field', async () => {
    const hint = 'somebody@example.com';
    const { page } = await op.authorize({ client, params: { login_hint: hint }, agent: lookingOnly() });
    expect(page.text).toContain(`value="${hint}"`);
  });

  test('oidcc-ensure-request-with-acr-values-succeeds: acr says what was achieved, not what was asked', async () => {
    const [achieved = ''] = op.metadata.acr_values_supported ?? [];
    const { tokens } = await signIn({ params: { acr_values: `urn:example:more ${achieved}` } });
    expect(tokens.claims()?.['acr']).toBe(achieved);
    const other = await signIn({ params: { acr_values: 'urn:example:more' } });
    expect(other.tokens.claims()?.['acr']).toBe(achieved);
  });

  test('oidcc-codereuse, oidcc-codereuse-30seconds: refused, and what the code bought is worth nothing from then on', async () => {
    const { response, tokens } = await signIn({ params: { scope: 'openid email' } });
    await expect(userinfo(tokens)).resolves.toMatchObject({ email: op.person.email });
    expect(await refusal(redeem(response))).toBe('invalid_grant');
    await expect(userinfo(tokens)).rejects.toThrow();
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

  test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: refused', async () => {
    const request = new UnsecuredJWT({ client_id: client.id, response_type: 'code', scope: 'openid' })
      .setIssuer(client.id)
      .setAudience(op.issuer)
      .encode();
    const { params } = await op.authorize({ client, params: { request } });
    expect(params.get('error')).toMatch(/^(request_not_supported|invalid_request_object)$/);
  });

  test('oidcc-claims-essential, and the claims parameter for the ID token', async () => {
    const claims = { userinfo: { name: { essential: true } }, id_token: { email: null } };
    const { tokens } = await signIn({ params: { claims: JSON.stringify(claims) } });
    expect(tokens.claims()).toMatchObject({ email: op.person.email });
    expect(await userinfo(tokens)).toEqual({ sub: tokens.claims()?.sub, name: 'Ada Lovelace' });
    const { params } = await op.authorize({ client, params: { claims: '{' } });
    expect(params.get('error')).toBe('invalid_request');
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
    expect(await userinfo(tokens)).toHaveProperty('phone_number');
  });

  test('oidcc-refresh-token: for this client and no other', async () => {
    const params = { scope: 'openid offline_access', prompt: 'consent' };
    const { tokens } = await signIn({ params });
    const stranger = await op.register();
    expect(await refusal(refreshTokenGrant(stranger.config, tokens.refresh_token ?? ''))).toBe(
      'invalid_grant',
    );
    const refreshed = await refreshTokenGrant(client.config, tokens.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub: tokens.claims()?.sub, aud: client.id });
  });

  test('oidcc-ensure-request-with-valid-pkce-succeeds, and without, with plain, or with another verifier not', async () => {
    const without = await op.authorize({
      client,
      params: { code_challenge: undefined, code_challenge_method: undefined },
    });
    expect(without.params.get('error')).toBe('invalid_request');
    const plain = await op.authorize({ client, params: { code_challenge_method: 'plain' } });
    expect(plain.params.get('error')).toBe('invalid_request');
    const response = await op.authorize({ client });
    const other = { ...response, sent: { ...response.sent, verifier: 'a'.repeat(43) } };
    expect(await refusal(redeem(other))).toBe('invalid_grant');
    await signIn();
  });

  test('a code of another client, for another redirect URI, or changed is refused', async () => {
    const stranger = await op.register();
    const stolen = await op.authorize({ client });
    expect(await refusal(redeem(stolen, stranger))).toBe('invalid_grant');
    const changed = await op.authorize({ client });
    changed.url.searchParams.set('code', `${changed.params.get('code')}x`);
    expect(await refusal(redeem(changed))).toBe('invalid_grant');
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

/** A browser whose person fills in nothing. */
function lookingOnly() {
  const agent = op.browser();
  agent.submit = async page => ({ ...page, text: page.text.replaceAll('<form id=', '<form data-seen=') });
  return agent;
}
