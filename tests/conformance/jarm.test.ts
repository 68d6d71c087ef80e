import {
  compactDecrypt,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import { authorizationCodeGrant, useJwtResponseMode } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

async function verify(jwt: string, client: TestClient): Promise<JWTPayload> {
  const keys = (await (await fetch(op.metadata.jwks_uri ?? '')).json()) as JSONWebKeySet;
  const { payload } = await jwtVerify(jwt, createLocalJWKSet(keys), {
    issuer: op.issuer,
    audience: client.id,
  });
  return payload;
}

describe('JWT Secured Authorization Response Mode (JARM)', () => {
  for (const [response_mode, mode] of [
    ['jwt', 'query'],
    ['query.jwt', 'query'],
    ['fragment.jwt', 'fragment'],
    ['form_post.jwt', 'form_post'],
  ] as const) {
    test(`${response_mode}: the whole answer is one signed JWT for this client`, async () => {
      const client = await op.register({ authorization_signed_response_alg: 'ES256' });
      const response = await op.authorize({ client, params: { response_mode } });
      expect(response.mode).toBe(mode);
      expect([...response.params.keys()]).toEqual(['response']);
      const claims = await verify(response.params.get('response') ?? '', client);
      expect(claims).toMatchObject({ state: response.sent.state, code: expect.any(String) as string });
      expect((claims.exp ?? 0) - (claims.iat ?? Date.now() / 1000 - 60)).toBeLessThanOrEqual(700);
    });
  }

  test('openid-client takes it, and refuses one that was made for another client', async () => {
    const client = await op.register({ authorization_signed_response_alg: 'ES256' });
    useJwtResponseMode(client.config);
    const response = await op.authorize({ client, params: { response_mode: 'jwt' } });
    const checks = {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    };
    const other = await op.register({ authorization_signed_response_alg: 'ES256' });
    const foreign = await op.authorize({ client: other, params: { response_mode: 'jwt' } });
    await expect(authorizationCodeGrant(client.config, foreign.url, checks)).rejects.toThrow();
    const tokens = await authorizationCodeGrant(client.config, response.url, checks);
    expect(tokens.claims()?.sub).toBeDefined();
  });

  test('an error comes signed as well', async () => {
    const client = await op.register();
    const response = await op.authorize({ client, params: { response_mode: 'jwt', prompt: 'none' } });
    expect(await verify(response.params.get('response') ?? '', client)).toMatchObject({
      error: 'login_required',
    });
  });

  test('and encrypted where the client registered a key: only it can read the answer', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { extractable: true });
    const client = await op.register({
      authorization_signed_response_alg: 'ES256',
      authorization_encrypted_response_alg: 'ECDH-ES',
      authorization_encrypted_response_enc: 'A256GCM',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), use: 'enc', alg: 'ECDH-ES', kid: 'e' }] },
    });
    const { params } = await op.authorize({ client, params: { response_mode: 'jwt' } });
    const jwe = params.get('response') ?? '';
    expect(jwe.split('.')).toHaveLength(5);
    const { plaintext } = await compactDecrypt(jwe, privateKey);
    expect(await verify(new TextDecoder().decode(plaintext), client)).toHaveProperty('code');
  });
});

describe('OpenID Connect Core 1.0 · signed and encrypted ID tokens and userinfo', () => {
  for (const [alg, enc] of [
    ['ECDH-ES', 'A128CBC-HS256'],
    ['ECDH-ES+A256KW', 'A256GCM'],
    ['RSA-OAEP-256', 'A256GCM'],
  ] as const) {
    test(`${alg} with ${enc}: both are nested JWTs that only the client opens`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const client = await op.register({
        id_token_encrypted_response_alg: alg,
        id_token_encrypted_response_enc: enc,
        userinfo_signed_response_alg: 'ES256',
        userinfo_encrypted_response_alg: alg,
        userinfo_encrypted_response_enc: enc,
        jwks: { keys: [{ ...(await exportJWK(publicKey)), use: 'enc', alg, kid: 'e' }] },
      });
      const { params, sent } = await op.authorize({ client, params: { scope: 'openid email' } });
      const tokens = (await (
        await fetch(op.metadata.token_endpoint ?? '', {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            code: params.get('code') ?? '',
            redirect_uri: callback,
            code_verifier: sent.verifier,
            client_id: client.id,
            client_secret: client.secret ?? '',
          }),
        })
      ).json()) as { id_token: string; access_token: string };
      const idToken = await compactDecrypt(tokens.id_token, privateKey);
      const claims = await op.verifyIdToken(new TextDecoder().decode(idToken.plaintext), client, sent.nonce);

      const userinfo = await fetch(op.metadata.userinfo_endpoint ?? '', {
        headers: { Authorization: `Bearer ${tokens.access_token}` },
      });
      expect(userinfo.headers.get('content-type')).toMatch(/^application\/jwt/);
      const nested = await compactDecrypt(await userinfo.text(), privateKey);
      const profile = await verify(new TextDecoder().decode(nested.plaintext), client);
      expect(profile).toMatchObject({ sub: claims.sub, email: op.person.email });
    });
  }

  test('a registration for encryption without a key to encrypt for is answered with an error, not in the clear', async () => {
    const client = await op.register({ id_token_encrypted_response_alg: 'ECDH-ES', jwks: { keys: [] } });
    const response = await op.authorize({ client });
    await expect(
      authorizationCodeGrant(client.config, response.url, {
        pkceCodeVerifier: response.sent.verifier,
        expectedState: response.sent.state,
        expectedNonce: response.sent.nonce,
      }),
    ).rejects.toMatchObject({ error: expect.any(String) as string });
  });
});
