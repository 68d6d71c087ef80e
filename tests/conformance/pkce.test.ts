import { authorizationCodeGrant, calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
/** A public client: whoever has its code has all it needs, but for the verifier. */
let app: TestClient;
/** A client with a secret that knows nothing of PKCE. */
let old: TestClient;
beforeAll(async () => {
  op = await startOp();
  app = await op.register({ token_endpoint_auth_method: 'none' });
  old = await op.register({ require_pkce: false });
});
afterAll(() => op.close());

const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };

/** By hand, so that what a library would always send can be left out. */
async function redeem(client: TestClient, code: string | null, more: Record<string, string> = {}) {
  const secret = client.secret === undefined ? {} : { client_secret: client.secret };
  const response = await fetch(String(op.metadata.token_endpoint), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: client.id,
      code: code ?? '',
      redirect_uri: callback,
      ...secret,
      ...more,
    }),
  });
  const { error } = (await response.json()) as { error?: string };
  return response.ok ? 'taken' : String(error);
}

describe('RFC 7636 and RFC 9700 section 4.8: PKCE cannot be taken away at the token endpoint', () => {
  test('fapi2-security-profile-final-ensure-pkce-code-verifier-required: a code without the verifier buys nothing, from anybody', async () => {
    for (const client of [app, old]) {
      const { params, sent } = await op.authorize({ client });
      const code = params.get('code');
      expect(await redeem(client, code)).toBe('invalid_grant');
      expect(await redeem(client, code, { code_verifier: '' })).toBe('invalid_grant');
      // The attempts have not used it up: it is still good for the one who asked.
      expect(await redeem(client, code, { code_verifier: sent.verifier })).toBe('taken');
    }
  });

  test('fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected: near misses, the challenge itself, that of another request', async () => {
    const other = await op.authorize({ client: app });
    const { params, sent } = await op.authorize({ client: app });
    const { verifier } = sent;
    const code = params.get('code');
    const wrong = {
      challenge: await calculatePKCECodeChallenge(verifier),
      'of another request': other.sent.verifier,
      'in capitals': verifier.toUpperCase(),
      longer: `${verifier}a`,
      random: randomPKCECodeVerifier(),
    };
    for (const [name, code_verifier] of Object.entries(wrong)) {
      expect(await redeem(app, code, { code_verifier }), name).toBe('invalid_grant');
    }
    expect(await redeem(app, code, { code_verifier: verifier })).toBe('taken');
  });

  test('section 4.1: a verifier that is too short, too long or of other characters is none', async () => {
    for (const verifier of ['a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(50)}é`, `${'a'.repeat(50)} `]) {
      const code_challenge = await calculatePKCECodeChallenge(verifier);
      const { params } = await op.authorize({ client: app, params: { code_challenge } });
      expect(await redeem(app, params.get('code'), { code_verifier: verifier }), verifier).toBe(
        'invalid_request',
      );
    }
    for (const verifier of ['a'.repeat(43), 'a'.repeat(128), `${'a'.repeat(50)}.-_~`]) {
      const code_challenge = await calculatePKCECodeChallenge(verifier);
      const { params } = await op.authorize({ client: app, params: { code_challenge } });
      expect(await redeem(app, params.get('code'), { code_verifier: verifier }), verifier).toBe('taken');
    }
  });

  test('a plain challenge is refused whether it is said to be plain or not said at all', async () => {
    for (const client of [app, old]) {
      for (const code_challenge_method of ['plain', undefined, 's256', 'S512', 'none']) {
        const { params } = await op.authorize({ client, params: { code_challenge_method } });
        expect(params.get('error'), String(code_challenge_method)).toBe('invalid_request');
        expect(params.has('code')).toBe(false);
      }
      const methodOnly = await op.authorize({ client, params: { code_challenge: undefined } });
      expect(methodOnly.params.get('error')).toBe('invalid_request');
      expect((await op.authorize({ client })).params.has('code')).toBe(true);
    }
  });

  test('RFC 9700 section 2.1.1: a verifier for a code that was asked for without a challenge is refused', async () => {
    // Whoever strips the challenge from a request, to slip a stolen code in, is noticed by the app's verifier.
    const stripped = await op.authorize({ client: old, params: withoutPkce });
    const code_verifier = stripped.sent.verifier;
    expect(await redeem(old, stripped.params.get('code'), { code_verifier })).toBe('invalid_grant');
    const response = await op.authorize({ client: old, params: withoutPkce });
    const tokens = await authorizationCodeGrant(old.config, response.url, {
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    });
    expect(tokens).toHaveProperty('access_token');
  });

  test('only a client that authenticates can be without it', async () => {
    const insecure = await op.register({ token_endpoint_auth_method: 'none', require_pkce: false });
    expect((await op.authorize({ client: insecure })).page.text).toContain('invalid_client_metadata');
    const { params } = await op.authorize({ client: app, params: withoutPkce });
    expect(params.get('error')).toBe('invalid_request');
    expect((await op.authorize({ client: app })).params.has('code')).toBe(true);
  });

  test('a plain challenge cannot be pushed either', async () => {
    const push = async (code_challenge_method: string) => {
      const response = await fetch(String(op.metadata.pushed_authorization_request_endpoint), {
        method: 'POST',
        body: new URLSearchParams({
          client_id: app.id,
          response_type: 'code',
          scope: 'openid',
          redirect_uri: callback,
          code_challenge: 'a'.repeat(43),
          code_challenge_method,
        }),
      });
      return response.status;
    };
    expect([await push('plain'), await push('S256')]).toEqual([400, 201]);
  });
});
