import { fetchUserInfo, refreshTokenGrant } from 'openid-client';
import { expect, test, vi } from 'vitest';
import { refusal, registrationFor, type Variant, type VariantUnderTest } from './core-variant.ts';

/** What holds wherever a code is given, alone or with tokens beside it. */
export function declareCode(variant: Variant, under: () => VariantUnderTest): void {
  for (const [name, seconds] of [
    ['oidcc-codereuse', 0],
    ['oidcc-codereuse-30seconds', 30],
  ] as const) {
    test(`${name}: refused, and what the code bought is worth nothing from then on`, async () => {
      const { op, client, ask, redeem } = under();
      const response = await ask({ params: { scope: 'openid email' } });
      const tokens = await redeem(response);
      const bought = [tokens.access_token, response.params.get('access_token') ?? []].flat();
      const sub = tokens.claims()?.sub ?? '';
      for (const token of bought) {
        expect((await fetchUserInfo(client.config, token, sub)).email).toBe(op.person.email);
      }
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
      expect(await refusal(redeem(response))).toBe('invalid_grant');
      for (const token of bought) {
        await expect(fetchUserInfo(client.config, token, sub)).rejects.toMatchObject({ status: 401 });
      }
    });
  }

  test('oidcc-refresh-token: for this client and no other', async () => {
    const { op, client, ask, receive } = under();
    const params = { scope: 'openid offline_access', prompt: 'consent' };
    const { claims, tokens } = await receive(await ask({ params }));
    const stranger = await op.register(registrationFor(variant));
    expect(await refusal(refreshTokenGrant(stranger.config, tokens?.refresh_token ?? ''))).toBe(
      'invalid_grant',
    );
    const refreshed = await refreshTokenGrant(client.config, tokens?.refresh_token ?? '');
    expect(refreshed.claims()).toMatchObject({ sub: claims.sub, aud: client.id });
  });

  test('oidcc-ensure-request-with-valid-pkce-succeeds, and without, with plain, or with another verifier not', async () => {
    const { ask, redeem, receive } = under();
    const none = { code_challenge: undefined, code_challenge_method: undefined };
    for (const params of [none, { code_challenge_method: 'plain' }, { code_challenge: 'short' }]) {
      const { params: answer } = await ask({ params });
      expect(answer.get('error'), JSON.stringify(params)).toBe('invalid_request');
      expect(answer.has('code')).toBe(false);
    }
    const response = await ask();
    const other = { ...response, sent: { ...response.sent, verifier: 'a'.repeat(43) } };
    expect(await refusal(redeem(other))).toBe('invalid_grant');
    expect(await receive(await ask())).toHaveProperty('tokens');
  });

  test('oidcc-server-client-secret-post', async () => {
    const { op, ask, receive } = under();
    const post = await op.register({
      ...registrationFor(variant),
      token_endpoint_auth_method: 'client_secret_post',
    });
    const { claims } = await receive(await ask({ client: post }), post);
    expect(claims.aud).toBe(post.id);
  });
}
