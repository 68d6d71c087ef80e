import { decodeJwt, generateKeyPair } from 'jose';
import {
  authorizationCodeGrant,
  fetchUserInfo,
  skipSubjectCheck,
  useCodeIdTokenResponseType,
  useJwtResponseMode,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checksOf, type KeyClient, registerFapi, requestObject } from './fapi-client.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';
import type { OpUnderTest } from './op-under-test.ts';

let mtls: MtlsOp;
let op: OpUnderTest;
let client: KeyClient;
let hybrid: KeyClient;

beforeAll(async () => {
  mtls = await startMtlsOp();
  ({ op } = mtls);
  client = await mtls.register('fapi1-advanced');
  useJwtResponseMode(client.config);
  hybrid = await mtls.register('fapi1-advanced', { response_types: ['code id_token'] });
  useCodeIdTokenResponseType(hybrid.config);
});
afterAll(() => mtls.close());

/** By value: the parameters that OAuth asks for stand beside it (OpenID Connect Core 1.0 section 6.1). */
const signedBy =
  (by: KeyClient, wrong?: Parameters<typeof requestObject>[3]) => async (params: Record<string, string>) => {
    const { client_id = '', response_type = '', scope = '' } = params;
    return { client_id, response_type, scope, request: await requestObject(op, by, params, wrong) };
  };

describe('FAPI 1.0 Advanced', () => {
  test('fapi1-advanced-final: code id_token, with s_hash over the state, for tokens bound to a certificate', async () => {
    const response = await op.authorize({
      client: hybrid,
      params: { response_type: 'code id_token' },
      pack: signedBy(hybrid),
    });
    expect(response.mode).toBe('fragment');
    expect(decodeJwt(response.params.get('id_token') ?? '')).toMatchObject({
      s_hash: expect.any(String) as string,
      c_hash: expect.any(String) as string,
    });
    const tokens = await authorizationCodeGrant(hybrid.config, response.url, checksOf(response));
    expect(await fetchUserInfo(hybrid.config, tokens.access_token, skipSubjectCheck)).toHaveProperty('sub');
    const thief = await mtls.withCertificate(hybrid, await mtls.authority.issue({ name: 'CN=thief' }));
    await expect(fetchUserInfo(thief, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
  });

  test('fapi1-advanced-final with JARM: code, in an answer that is signed', async () => {
    const response = await op.authorize({ client, params: { response_mode: 'jwt' }, pack: signedBy(client) });
    expect([...response.params.keys()]).toEqual(['response']);
    const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
    expect(await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck)).toHaveProperty('sub');
  });

  test('fapi1-advanced-final-ensure-response-type-code-fails: nor a code in an answer that is not', async () => {
    const { params } = await op.authorize({ client, pack: signedBy(client) });
    expect(params.get('error')).toBe('invalid_request');
    expect(params.has('code')).toBe(false);
  });

  test('fapi1-advanced-final-ensure-request-object-is-signed: a plain request is refused', async () => {
    const { params, page } = await op.authorize({
      client: hybrid,
      params: { response_type: 'code id_token' },
    });
    expect(params.get('error') ?? page.text).toContain('invalid_request');
    expect(params.has('code')).toBe(false);
  });

  const wrong: [string, () => Promise<Parameters<typeof requestObject>[3]>][] = [
    ['ensure-request-object-without-exp-fails', () => Promise.resolve({ omit: 'exp' })],
    ['ensure-request-object-without-nbf-fails', () => Promise.resolve({ omit: 'nbf' })],
    ['ensure-request-object-with-exp-over-60-fails', () => Promise.resolve({ lifetimeSeconds: 3_700 })],
    ['ensure-request-object-with-bad-aud-fails', () => Promise.resolve({ aud: 'https://evil.example' })],
    [
      'ensure-request-object-signed-by-another-key-fails',
      async () => ({ key: (await generateKeyPair('PS256')).privateKey }),
    ],
  ];
  for (const [name, mistake] of wrong) {
    test(`fapi1-advanced-final-${name}`, async () => {
      const { params, page } = await op.authorize({
        client: hybrid,
        params: { response_type: 'code id_token' },
        pack: signedBy(hybrid, await mistake()),
      });
      expect(params.get('error') ?? page.text).toContain('invalid_request_object');
      expect(params.has('code')).toBe(false);
    });
  }

  test('fapi1-advanced-final-ensure-mtls-holder-of-key-required: no certificate, no token', async () => {
    const without = await mtls.withCertificate(hybrid, undefined);
    const response = await op.authorize({
      client: hybrid,
      params: { response_type: 'code id_token' },
      pack: signedBy(hybrid),
    });
    useCodeIdTokenResponseType(without);
    await expect(authorizationCodeGrant(without, response.url, checksOf(response))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('x-fapi-interaction-id: the name a client gives an exchange comes back, if it is one', async () => {
    const id = 'c770aef3-6784-41f7-8e0e-ff5f97bddb3a';
    const ask = (value: string) =>
      fetch(String(op.metadata.userinfo_endpoint), { headers: { 'x-fapi-interaction-id': value } });
    expect((await ask(id)).headers.get('x-fapi-interaction-id')).toBe(id);
    expect((await ask('<script>')).headers.has('x-fapi-interaction-id')).toBe(false);
  });

  test('the profile asks for certificates: without them, or with a secret, it is refused', async () => {
    await expect(
      registerFapi(op, 'fapi1-advanced', { tls_client_certificate_bound_access_tokens: false }),
    ).rejects.toThrow('tls_client_certificate_bound_access_tokens must be true');
    await expect(
      registerFapi(op, 'fapi1-advanced', { token_endpoint_auth_method: 'client_secret_jwt' }),
    ).rejects.toThrow('token_endpoint_auth_method must be private_key_jwt');
  });
});
