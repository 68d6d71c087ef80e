import { authorizationCodeGrant, useCodeIdTokenResponseType } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareCoreModules } from './core-modules.ts';
import { authorizeWith } from './front-channel-tokens.ts';
import { callback, type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

for (const responseType of ['code id_token', 'code token', 'code id_token token']) {
  declareCoreModules('Hybrid', { responseType }, () => op);
}

describe('OpenID Connect Core 1.0 · Hybrid', () => {
  for (const responseType of ['code id_token', 'code id_token token']) {
    test(`the ID token of the fragment and that of the code are about one person (${responseType})`, async () => {
      const { client, response } = await authorizeWith(op, responseType);
      // openid-client reads only one of the three from the fragment; the code is redeemed as in the code flow.
      const inQuery = new URL(
        `${callback}?${new URLSearchParams({
          code: response.params.get('code') ?? '',
          state: response.sent.state,
          iss: op.issuer,
        }).toString()}`,
      );
      const tokens = await authorizationCodeGrant(client.config, inQuery, {
        pkceCodeVerifier: response.sent.verifier,
        expectedState: response.sent.state,
        expectedNonce: response.sent.nonce,
      });
      const idToken = response.params.get('id_token') ?? '';
      const first = await op.verifyIdToken(idToken, client, response.sent.nonce);
      expect(tokens.claims()).toMatchObject({ iss: first.iss, sub: first.sub });
    });
  }

  test('oidcc-server (code id_token): openid-client takes it whole', async () => {
    const { client, response } = await authorizeWith(op, 'code id_token');
    useCodeIdTokenResponseType(client.config);
    const tokens = await authorizationCodeGrant(client.config, response.url, {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    });
    expect(tokens.claims()?.sub).toBeDefined();
  });

  test('an ID token of another code is noticed by the app: the hashes differ', async () => {
    const { client, response } = await authorizeWith(op, 'code id_token');
    useCodeIdTokenResponseType(client.config);
    const other = await op.authorize({
      client,
      params: { response_type: 'code id_token', scope: 'openid email' },
    });
    const swapped = new URLSearchParams(response.params);
    swapped.set('code', other.params.get('code') ?? '');
    await expect(
      authorizationCodeGrant(
        client.config,
        new URL(`${response.url.origin}/callback#${swapped.toString()}`),
        {
          pkceCodeVerifier: response.sent.verifier,
          expectedState: response.sent.state,
          expectedNonce: response.sent.nonce,
        },
      ),
    ).rejects.toThrow();
  });
});
