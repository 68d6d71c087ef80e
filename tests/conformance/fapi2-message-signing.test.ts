import { generateKeyPair } from 'jose';
import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck, useJwtResponseMode } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserAgent } from '../support/user-agent.ts';
import { checksOf, type FapiClient, pushed, registerFapi, requestObject, sameKeyFor } from './fapi-client.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
let client: FapiClient;
let agent: UserAgent;
beforeAll(async () => {
  op = await startOp();
  agent = op.browser();
  client = await registerFapi(op, 'fapi2-message-signing', { userinfo_signed_response_alg: 'PS256' });
  useJwtResponseMode(client.config);
});
afterAll(() => op.close());

const seconds = () => Math.floor(Date.now() / 1000);
const minute = 60;

const signed = async (params: Record<string, string>, wrong?: Parameters<typeof requestObject>[3]) =>
  pushed(client, { request: await requestObject(op, client, { response_mode: 'jwt', ...params }, wrong) });

// The suite runs the modules of the security profile again, with what is asked and answered signed.
describe('FAPI 2.0 Message Signing', () => {
  test('fapi2-security-profile-final-happy-flow: what is asked and what is answered is signed', async () => {
    const response = await op.authorize({ client, pack: params => signed(params) });
    expect([...response.params.keys()]).toEqual(['response']);
    const { DPoP } = client;
    const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response), undefined, {
      DPoP,
    });
    expect(
      await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck, { DPoP }),
    ).toHaveProperty('sub');
  });

  test('fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails: a request that is pushed and not signed', async () => {
    await expect(op.authorize({ client, pack: params => pushed(client, params) })).rejects.toMatchObject({
      error: 'invalid_request',
    });
  });

  test('an answer that is not signed is not given', async () => {
    await expect(
      op.authorize({ client, pack: params => signed({ ...params, response_mode: 'query' }) }),
    ).rejects.toMatchObject({ error: 'invalid_request' });
  });

  const wrong: [string, () => Promise<Parameters<typeof requestObject>[3]>][] = [
    ['ensure-request-object-without-exp-fails', () => Promise.resolve({ omit: 'exp' })],
    ['ensure-request-object-without-nbf-fails', () => Promise.resolve({ omit: 'nbf' })],
    ['ensure-request-object-with-exp-over-60-fails', () => Promise.resolve({ lifetimeSeconds: 3_700 })],
    ['ensure-request-object-with-bad-aud-fails', () => Promise.resolve({ aud: 'https://evil.example' })],
    [
      'ensure-request-object-with-nbf-over-60-fails',
      () => Promise.resolve({ claims: { nbf: seconds() - 70 * minute } }),
    ],
    [
      'ensure-request-object-with-nbf-in-the-future-fails',
      () => Promise.resolve({ claims: { nbf: seconds() + 10 * minute }, lifetimeSeconds: 30 * minute }),
    ],
    [
      'ensure-expired-request-object-fails',
      () => Promise.resolve({ claims: { nbf: seconds() - 20 * minute, exp: seconds() - 5 * minute } }),
    ],
    ['ensure-request-object-signature-algorithm-is-not-none', () => Promise.resolve({ alg: 'none' })],
    [
      'ensure-signed-request-object-with-RS256-fails',
      async () => ({ alg: 'RS256', key: await sameKeyFor('RS256', client) }),
    ],
    [
      'ensure-request-object-of-another-issuer-fails',
      () => Promise.resolve({ claims: { iss: 'https://evil.example' } }),
    ],
    [
      'ensure-matching-key-in-authorization-request',
      async () => ({ key: (await generateKeyPair('PS256')).privateKey }),
    ],
  ];
  for (const [name, mistake] of wrong) {
    test(`fapi2-security-profile-final-${name}`, async () => {
      const made = await mistake();
      await expect(
        op.authorize({ client, agent, pack: params => signed(params, made) }),
      ).rejects.toMatchObject({
        error: 'invalid_request_object',
      });
      expect((await op.authorize({ client, agent, pack: signed })).params.has('response')).toBe(true);
    });
  }

  test('fapi2-message-signing-final-ensure-request-object-with-multiple-aud-succeeds, …-with-nbf-8-seconds-in-the-future-is-accepted', async () => {
    for (const claims of [{ aud: ['https://other.example', op.issuer] }, { nbf: seconds() + 8 }]) {
      const pack = (params: Record<string, string>) => signed(params, { claims });
      const response = await op.authorize({ client, agent, pack });
      const { DPoP } = client;
      expect(
        await authorizationCodeGrant(client.config, response.url, checksOf(response), undefined, { DPoP }),
      ).toHaveProperty('access_token');
    }
  });

  test('a registration for answers that are not signed is refused', async () => {
    await expect(registerFapi(op, 'fapi2-message-signing', { response_modes: ['query'] })).rejects.toThrow(
      'response_modes may only have jwt',
    );
  });
});
