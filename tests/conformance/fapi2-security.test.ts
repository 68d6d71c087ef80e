import { decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose';
import { authorizationCodeGrant, fetchUserInfo, refreshTokenGrant, skipSubjectCheck } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  checksOf,
  clientAssertion,
  type FapiClient,
  pushed,
  redeem,
  registerFapi,
  sameKeyFor,
} from './fapi-client.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
let client: FapiClient;
beforeAll(async () => {
  op = await startOp();
  client = await registerFapi(op, 'fapi2-security');
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

const pack = (params: Record<string, string>) => pushed(client, params);
const offline = { scope: 'openid offline_access', prompt: 'consent' };

async function push(params: Record<string, string>): Promise<Response> {
  return fetch(String(op.metadata.pushed_authorization_request_endpoint), {
    method: 'POST',
    body: new URLSearchParams({ client_id: client.id, ...params }),
  });
}

const assertion = (claims?: Record<string, unknown>, signed?: Parameters<typeof clientAssertion>[3]) =>
  clientAssertion(op, client, claims, signed);

const request = {
  response_type: 'code',
  scope: 'openid',
  redirect_uri: 'https://rp.example/callback',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

describe('FAPI 2.0 Security Profile', () => {
  test('fapi2-security-profile-final-happy-flow: pushed, with PKCE, by a key, for tokens bound to a key', async () => {
    const response = await op.authorize({ client, params: offline, pack });
    expect(response.params.get('iss')).toBe(op.issuer);
    const tokens = await redeem(client, response);
    expect(tokens.token_type).toBe('dpop');
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('PS256');
    const userinfo = await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck, client);
    expect(userinfo.sub).toBe(decodeJwt(tokens.id_token ?? '').sub);
    await expect(fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('fapi2-security-profile-final-refresh-token: it stays the same, and is bound to the client', async () => {
    const tokens = await redeem(client, await op.authorize({ client, params: offline, pack }));
    const refreshToken = tokens.refresh_token ?? '';
    for (const _ of [1, 2]) {
      const next = await refreshTokenGrant(client.config, refreshToken, undefined, client);
      expect(next.refresh_token ?? refreshToken).toBe(refreshToken);
      expect(next.access_token).not.toBe(tokens.access_token);
    }
    const other = await registerFapi(op, 'fapi2-security');
    await expect(
      refreshTokenGrant(other.config, refreshToken, undefined, { DPoP: other.DPoP }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    // And the owner is not harmed by that.
    expect(await refreshTokenGrant(client.config, refreshToken, undefined, client)).toHaveProperty(
      'access_token',
    );
  });

  test('fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails', async () => {
    const { params } = await op.authorize({ client });
    expect(params.get('error')).toBe('invalid_request');
    expect(params.has('code')).toBe(false);
  });

  test('fapi2-security-profile-final-ensure-authorization-request-without-pkce-fails, and with a plain one', async () => {
    expect((await push({ ...request, ...(await assertion()) })).status).toBe(201);
    const { code_challenge: _, code_challenge_method: __, ...without } = request;
    for (const wrong of [without, { ...request, code_challenge_method: 'plain' }]) {
      const response = await push({ ...wrong, ...(await assertion()) });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
  });

  test('fapi2-security-profile-final-ensure-client-assertion-aud-is-issuer: and no endpoint, and not one of several', async () => {
    for (const aud of [
      op.metadata.token_endpoint,
      [op.issuer, 'https://evil.example'],
      'https://evil.example',
    ]) {
      const response = await push({ ...request, ...(await assertion({ aud })) });
      expect(response.status, String(aud)).toBe(401);
    }
    expect((await push({ ...request, ...(await assertion()) })).status).toBe(201);
  });

  test('fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails, and by a foreign key', async () => {
    const sameKey = await sameKeyFor('RS256', client);
    const foreign = await generateKeyPair('PS256');
    for (const wrong of [{ alg: 'RS256', key: sameKey }, { key: foreign.privateKey }]) {
      expect((await push({ ...request, ...(await assertion({}, wrong)) })).status).toBe(401);
    }
  });

  test('fapi2-security-profile-final-ensure-token-endpoint-fails-without-dpop: there are no bearer tokens', async () => {
    const response = await op.authorize({ client, pack });
    await expect(
      authorizationCodeGrant(client.config, response.url, checksOf(response)),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('fapi2-security-profile-final-dpop-jkt: a code asked for with one key is not redeemed with another', async () => {
    const DPoP = client.DPoP;
    const dpop_jkt = await DPoP.calculateThumbprint();
    const thief = await registerFapi(op, 'fapi2-security');
    const response = await op.authorize({ client, params: { dpop_jkt }, pack });
    await expect(redeem(client, response, thief.DPoP)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await redeem(client, await op.authorize({ client, params: { dpop_jkt }, pack }))).toHaveProperty(
      'access_token',
    );
  });

  test('fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client, is good once and for a minute', async () => {
    const other = await registerFapi(op, 'fapi2-security');
    const foreign = await op.authorize({ client, pack });
    await expect(redeem({ ...other }, foreign)).rejects.toMatchObject({ error: 'invalid_grant' });

    const response = await op.authorize({ client, pack });
    await redeem(client, response);
    await expect(redeem(client, response)).rejects.toMatchObject({ error: 'invalid_grant' });

    const late = await op.authorize({ client, pack });
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now + 80_000);
    await expect(redeem(client, late)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request, which is one of the registered', async () => {
    const { redirect_uri: _, ...without } = request;
    for (const wrong of [without, { ...request, redirect_uri: 'https://rp.example/callback2' }]) {
      expect((await push({ ...wrong, ...(await assertion()) })).status).toBe(400);
    }
  });
});

const contradictions: [string, Record<string, unknown>, RegExp][] = [
  [
    'a secret',
    { token_endpoint_auth_method: 'client_secret_basic' },
    /token_endpoint_auth_method must be private_key_jwt/,
  ],
  ['no authentication', { token_endpoint_auth_method: 'none' }, /token_endpoint_auth_method/],
  [
    'a weak algorithm',
    { id_token_signed_response_alg: 'RS256' },
    /id_token_signed_response_alg must be PS256/,
  ],
  ['the implicit flow', { response_types: ['id_token'] }, /response_types may only have code/],
  ['requests that are not pushed', { require_pushed_authorization_requests: false }, /require_pushed/],
  ['no PKCE', { require_pkce: false }, /require_pkce/],
  ['a redirect that can be read', { redirect_uris: ['http://rp.example/cb'] }, /redirect_uris must be https/],
  ['a made-up profile', { profile: 'fapi3' }, /profile must be one of oidc, oauth2\.1/],
];

describe('a registration that contradicts its profile is refused with the reason', () => {
  for (const [name, metadata, reason] of contradictions) {
    test(name, async () => {
      await expect(registerFapi(op, 'fapi2-security', metadata)).rejects.toThrow(reason);
    });
  }

  test('oauth2.1: no implicit flow, PKCE always', async () => {
    expect(await op.register({ profile: 'oauth2.1' })).toHaveProperty('id');
    await expect(op.register({ profile: 'oauth2.1', response_types: ['code id_token'] })).rejects.toThrow(
      'response_types may only have code',
    );
    await expect(op.register({ profile: 'oauth2.1', require_pkce: false })).rejects.toThrow('require_pkce');
  });
});
