import { authorizationCodeGrant, useCodeIdTokenResponseType } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorizeWith, expectComplete } from './front-channel-tokens.ts';
import { callback, type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

describe('OpenID Connect Core 1.0 · Hybrid', () => {
  for (const responseType of ['code id_token', 'code token', 'code id_token token']) {
    test(`oidcc-server (${responseType}): comes in the fragment, and every part verifies`, async () => {
      const { client, response } = await authorizeWith(op, responseType);
      expect(response.mode).toBe('fragment');
      await expectComplete(op, client, responseType, response);

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
      const idToken = response.params.get('id_token');
      if (idToken !== null) {
        const first = await op.verifyIdToken(idToken, client, response.sent.nonce);
        expect(tokens.claims()).toMatchObject({ iss: first.iss, sub: first.sub });
      }
    });
  }

  for (const responseType of ['code id_token', 'code id_token token']) {
    test(`oidcc-ensure-request-without-nonce-fails (${responseType})`, async () => {
      const { response } = await authorizeWith(op, responseType, { params: { nonce: undefined } });
      expect(response.params.get('error')).toBe('invalid_request');
    });
  }

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow (code token)', async () => {
    const { response } = await authorizeWith(op, 'code token', { params: { nonce: undefined } });
    expect(response.params.has('code')).toBe(true);
  });

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
