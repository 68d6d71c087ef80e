import { hash } from 'node:crypto';
import { decodeProtectedHeader } from 'jose';
import { fetchUserInfo } from 'openid-client';
import { expect } from 'vitest';
import type { Authorization, AuthorizationResponse, OpUnderTest, TestClient } from './op-under-test.ts';

/** Left half of the digest that goes with the algorithm of the ID token (OpenID Connect Core 1.0 section 3.3.2.11). */
function halfHash(value: string, idToken: string): string {
  const { alg = '' } = decodeProtectedHeader(idToken);
  const digest = hash(alg.startsWith('Ed') ? 'sha512' : `sha${alg.slice(2)}`, value, 'buffer');
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

/** Everything that a response of this type has to carry is there, is right, and nothing else is. */
export async function expectComplete(
  op: OpUnderTest,
  client: TestClient,
  responseType: string,
  { params, sent }: AuthorizationResponse,
): Promise<void> {
  const parts = new Set(responseType.split(' '));
  expect(params.get('error_description')).toBeNull();
  expect(params.get('state')).toBe(sent.state);
  // RFC 9207 section 2.4: not where an ID token says it.
  if (!parts.has('id_token')) expect(params.get('iss')).toBe(op.issuer);
  expect(params.has('code')).toBe(parts.has('code'));
  expect(params.has('id_token')).toBe(parts.has('id_token'));
  expect(params.has('access_token')).toBe(parts.has('token'));

  const [code, idToken, accessToken] = [
    params.get('code'),
    params.get('id_token'),
    params.get('access_token'),
  ];
  if (idToken !== null) {
    const claims = await op.verifyIdToken(idToken, client, sent.nonce);
    expect(claims['c_hash']).toBe(code === null ? undefined : halfHash(code, idToken));
    expect(claims['at_hash']).toBe(accessToken === null ? undefined : halfHash(accessToken, idToken));
  }
  if (accessToken !== null) {
    expect(params.get('token_type')).toMatch(/^bearer$/i);
    expect(Number(params.get('expires_in'))).toBeGreaterThan(0);
    const sub = idToken === null ? undefined : (await op.verifyIdToken(idToken, client, sent.nonce)).sub;
    const profile = await fetch(op.metadata.userinfo_endpoint ?? '', {
      headers: { Authorization: `Bearer ${accessToken}` },
    });
    expect(profile.status).toBe(200);
    if (sub !== undefined) await fetchUserInfo(client.config, accessToken, sub);
  }
}

/** Registers for exactly this response type, and signs a person in. */
export async function authorizeWith(
  op: OpUnderTest,
  responseType: string,
  { params, ...rest }: Omit<Authorization, 'client'> = {},
) {
  const isImplicit = /id_token|token/.test(responseType);
  const client = await op.register({
    response_types: [responseType],
    grant_types: [
      ...(responseType.includes('code') ? ['authorization_code'] : []),
      ...(isImplicit ? ['implicit'] : []),
    ],
  });
  const pkce = responseType.includes('code')
    ? {}
    : { code_challenge: undefined, code_challenge_method: undefined };
  const response = await op.authorize({
    client,
    ...rest,
    params: { response_type: responseType, scope: 'openid email', ...pkce, ...params },
  });
  return { client, response };
}
