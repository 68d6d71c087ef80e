import {
  authorizationCodeGrant,
  getDPoPHandle,
  randomDPoPKeyPair,
  refreshTokenGrant,
  tokenIntrospection,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { selectRows } from '../support/services.ts';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register();
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

const offline = { scope: 'openid offline_access', prompt: 'consent' };
const refused = { error: 'invalid_grant' };

async function firstTokens(by = client, params: Record<string, string> = offline) {
  const response = await op.authorize({ client: by, params });
  return authorizationCodeGrant(by.config, response.url, checksOf(response));
}

const firstRefreshToken = async (by = client) => (await firstTokens(by)).refresh_token ?? '';
const refresh = (token: string, by = client) => refreshTokenGrant(by.config, token);
const records = () =>
  selectRows(op.gatehouse.databaseUrl, "SELECT payload FROM artifact WHERE model = 'RefreshToken'");

function after(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now + seconds * 1000);
}

describe('a refresh token', () => {
  test('is replaced at each use, and the next one works', async () => {
    let token = await firstRefreshToken();
    const seen = new Set([token]);
    for (const _ of [1, 2, 3]) {
      token = (await refresh(token)).refresh_token ?? '';
      expect(seen).not.toContain(token);
      seen.add(token);
    }
    expect(seen.size).toBe(4);
  });

  test('may be used once more by a client whose answer got lost, which gets what it would have got', async () => {
    const token = await firstRefreshToken();
    const lost = await refresh(token);
    after(8);
    const again = await refresh(token);
    expect(again.refresh_token).toBe(lost.refresh_token);
    expect(again.access_token).not.toBe(lost.access_token);
    expect(again.claims()?.sub).toBe(lost.claims()?.sub);
    expect(await refresh(again.refresh_token ?? '')).toHaveProperty('refresh_token');
  });

  for (const [name, prepare] of [
    ['too late', () => Promise.resolve(after(11))],
    ['after its successor was used', (next: string) => refresh(next)],
  ] as const) {
    test(`that comes again ${name} ends the whole grant, and the log says why`, async () => {
      const token = await firstRefreshToken();
      const next = (await refresh(token)).refresh_token ?? '';
      await prepare(next);
      const before = (await records()).length;
      await expect(refresh(token)).rejects.toMatchObject(refused);
      expect(await records()).toHaveLength(before - 1);
      await expect(refresh(next)).rejects.toMatchObject(refused);
      expect(op.gatehouse.log).toContainEqual(
        expect.objectContaining({
          event: 'grant.revoked',
          client_id: client.id,
          reason: 'refresh token used again',
        }),
      );
    });
  }

  test('that somebody altered ends the grant as well: only who was given one can name its family', async () => {
    const token = await firstRefreshToken();
    await expect(refresh(`x${token.slice(1)}`)).rejects.toMatchObject(refused);
    await expect(refresh(token.slice(0, -1))).rejects.toMatchObject(refused);
    await expect(refresh(token)).rejects.toMatchObject(refused);
  });

  test('of another client is refused, within the grace too, and its owner is not harmed', async () => {
    const other = await op.register();
    const token = await firstRefreshToken();
    await expect(refresh(token, other)).rejects.toMatchObject(refused);
    const next = await refresh(token);
    await expect(refresh(token, other)).rejects.toMatchObject(refused);
    expect(await refresh(next.refresh_token ?? '')).toHaveProperty('access_token');
  });

  test('bound to a key: there is no grace for another key', async () => {
    const app = await op.register({ token_endpoint_auth_method: 'none' });
    const DPoP = getDPoPHandle(app.config, await randomDPoPKeyPair());
    const thief = { DPoP: getDPoPHandle(app.config, await randomDPoPKeyPair()) };
    const response = await op.authorize({ client: app, params: offline });
    const tokens = await authorizationCodeGrant(app.config, response.url, checksOf(response), undefined, {
      DPoP,
    });
    const token = tokens.refresh_token ?? '';
    const next = await refreshTokenGrant(app.config, token, undefined, { DPoP });
    await expect(refreshTokenGrant(app.config, token, undefined, thief)).rejects.toMatchObject(refused);
    const again = await refreshTokenGrant(app.config, token, undefined, { DPoP });
    expect(again.refresh_token).toBe(next.refresh_token);
  });

  test('leaves nothing behind: a family has one record after a hundred rotations, no larger than before', async () => {
    const before = (await records()).length;
    let token = await firstRefreshToken();
    const size = async () => JSON.stringify((await records()).at(-1)).length;
    token = (await refresh(token)).refresh_token ?? '';
    const small = await size();
    for (let use = 0; use < 99; use += 1) token = (await refresh(token)).refresh_token ?? '';
    expect(await records()).toHaveLength(before + 1);
    expect(await size()).toBeLessThan(small * 1.05);
  });

  test('is in no record: neither the current one nor the one before', async () => {
    const token = await firstRefreshToken();
    const next = (await refresh(token)).refresh_token ?? '';
    const stored = JSON.stringify(await records());
    for (const secret of [token, next]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(secret.slice(22));
      expect(stored).not.toContain(secret.slice(0, 22));
    }
  });

  test('that was replaced is not active any more when somebody asks', async () => {
    const token = await firstRefreshToken();
    const next = (await refresh(token)).refresh_token ?? '';
    expect(await tokenIntrospection(client.config, next)).toMatchObject({ active: true });
    after(11);
    expect(await tokenIntrospection(client.config, token)).toEqual({ active: false });
  });
});

describe('how long a refresh token lives', () => {
  const day = 24 * 60 * 60;

  test('two weeks unused, three months in all', async () => {
    const idle = await firstRefreshToken();
    after(14 * day + 60);
    await expect(refresh(idle)).rejects.toMatchObject(refused);
    vi.useRealTimers();

    let token = await firstRefreshToken();
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let days = 10; days <= 80; days += 10) {
      vi.setSystemTime(start + days * day * 1000);
      token = (await refresh(token)).refresh_token ?? '';
    }
    vi.setSystemTime(start + (90 * day + 60) * 1000);
    await expect(refresh(token)).rejects.toMatchObject(refused);
  });

  test('a client may ask for less in its metadata, and never for more', async () => {
    const brief = await op.register({
      refresh_token_idle_lifetime: 3600,
      refresh_token_total_lifetime: 5400,
    });
    let token = await firstRefreshToken(brief);
    after(3_500);
    token = (await refresh(token, brief)).refresh_token ?? '';
    after(2_000);
    await expect(refresh(token, brief)).rejects.toMatchObject(refused);
    vi.useRealTimers();

    const greedy = await op.register({ refresh_token_idle_lifetime: 365 * day });
    const unused = await firstRefreshToken(greedy);
    after(14 * day + 60);
    await expect(refresh(unused, greedy)).rejects.toMatchObject(refused);
  });
});

describe('no refresh token', () => {
  const reasonFor = (by: TestClient) =>
    op.gatehouse.log.findLast(
      line => line['event'] === 'refresh_token.not_issued' && line['client_id'] === by.id,
    )?.['reason'];

  test('without offline_access that was agreed to, and the log says so', async () => {
    const app = await op.register();
    for (const params of [{ scope: 'openid' }, { scope: 'openid offline_access' }]) {
      expect(await firstTokens(app, params)).not.toHaveProperty('refresh_token');
      expect(reasonFor(app)).toMatch(/^offline_access was not granted/);
    }
    expect(await firstTokens(app)).toHaveProperty('refresh_token');
  });

  test('the reason is seen without a debug log, once an hour for each client', async () => {
    const [app, other] = [await op.register(), await op.register({ grant_types: ['authorization_code'] })];
    const said = (by: TestClient) =>
      op.gatehouse.log
        .filter(line => line['event'] === 'refresh_token.not_issued' && line['client_id'] === by.id)
        .map(({ level }) => level);
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let times = 0; times < 3; times += 1) await firstTokens(app, { scope: 'openid' });
    await firstTokens(other);
    expect([said(app), said(other)]).toEqual([['info', 'debug', 'debug'], ['info']]);
    vi.setSystemTime(Date.now() + 3_601_000);
    await firstTokens(app, { scope: 'openid' });
    expect(said(app).at(-1)).toBe('info');
  });

  test('for a client that is not registered for it, and the log says so', async () => {
    const app = await op.register({ grant_types: ['authorization_code'] });
    expect(await firstTokens(app)).not.toHaveProperty('refresh_token');
    expect(reasonFor(app)).toMatch(/not registered for the grant type refresh_token/);
  });
});
