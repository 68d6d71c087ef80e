import { authorizationCodeGrant, fetchUserInfo, refreshTokenGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register();
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

/** The provider and this relying party live in one process and read one clock. */
function pass(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now + seconds * 1000);
}

async function redeem(response: Awaited<ReturnType<OpUnderTest['authorize']>>) {
  return authorizationCodeGrant(client.config, response.url, {
    pkceCodeVerifier: response.sent.verifier,
    expectedState: response.sent.state,
    expectedNonce: response.sent.nonce,
  });
}

describe('OpenID Connect Core 1.0 · Basic', () => {
  test('oidcc-max-age-1: a sign-in that is too old is repeated, and auth_time is new', async () => {
    const agent = op.browser();
    const first = await redeem(await op.authorize({ client, agent, params: { max_age: '15000' } }));
    pass(60);
    const response = await op.authorize({ client, agent, params: { max_age: '1' } });
    expect(response.forms).toContain('password-form');
    const second = await redeem(response);
    expect(second.claims()?.['auth_time']).toBeGreaterThan(Number(first.claims()?.['auth_time']));
    expect(second.claims()?.sub).toBe(first.claims()?.sub);
  });

  test('a silent sign-in does not hide that the sign-in is too old', async () => {
    const agent = op.browser();
    await redeem(await op.authorize({ client, agent }));
    pass(60);
    const { params } = await op.authorize({ client, agent, params: { max_age: '1', prompt: 'none' } });
    expect(params.get('error')).toBe('login_required');
    const { params: without } = await op.authorize({ client, agent, params: { prompt: 'none' } });
    expect(without.has('code')).toBe(true);
  });

  test('a code lives for a minute', async () => {
    const early = await op.authorize({ client });
    const late = await op.authorize({ client });
    pass(50);
    await expect(redeem(early)).resolves.toHaveProperty('id_token');
    pass(40);
    await expect(redeem(late)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('an access token lives as long as its answer says, and the refresh token outlives it', async () => {
    const params = { scope: 'openid email offline_access', prompt: 'consent' };
    const tokens = await redeem(await op.authorize({ client, params }));
    const sub = tokens.claims()?.sub ?? '';
    const lifetime = tokens.expires_in ?? 0;
    pass(lifetime - 5);
    await expect(fetchUserInfo(client.config, tokens.access_token, sub)).resolves.toHaveProperty('email');
    pass(30);
    await expect(fetchUserInfo(client.config, tokens.access_token, sub)).rejects.toThrow();
    const refreshed = await refreshTokenGrant(client.config, tokens.refresh_token ?? '');
    await expect(fetchUserInfo(client.config, refreshed.access_token, sub)).resolves.toHaveProperty('email');
  });

  test('oidcc-id-token-hint: an ID token that has expired still says who is meant', async () => {
    const agent = op.browser();
    const tokens = await redeem(await op.authorize({ client, agent }));
    pass(2 * 60 * 60);
    const params = { prompt: 'none', id_token_hint: tokens.id_token ?? '' };
    expect((await op.authorize({ client, agent, params })).params.has('code')).toBe(true);
  });
});
