import { authorizationCodeGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register({ require_pushed_authorization_requests: true });
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

const basic = ({ id, secret }: TestClient) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

async function push(params: Record<string, string>, by = client): Promise<Response> {
  return fetch(String(op.metadata.pushed_authorization_request_endpoint), {
    method: 'POST',
    headers: { Authorization: basic(by) },
    body: new URLSearchParams(params),
  });
}

/** The address carries nothing but who asks, and where the rest is. */
async function pushed(params: Record<string, string>): Promise<Record<string, string>> {
  const { request_uri = '' } = (await (await push(params)).json()) as { request_uri?: string };
  return { client_id: client.id, request_uri };
}

describe('RFC 9126 · Pushed authorization requests', () => {
  test('what was pushed is what counts, and leads to tokens', async () => {
    let answer: { request_uri?: string; expires_in?: number } = {};
    const response = await op.authorize({
      client,
      params: { scope: 'openid email' },
      pack: async params => {
        const response = await push(params);
        expect(response.status).toBe(201);
        answer = (await response.json()) as typeof answer;
        return { client_id: client.id, request_uri: String(answer.request_uri), scope: 'openid phone' };
      },
    });
    expect(answer.request_uri).toMatch(/^urn:ietf:params:oauth:request_uri:[\w-]{43}$/);
    expect(answer.expires_in).toBe(60);
    const tokens = await authorizationCodeGrant(client.config, response.url, {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    });
    expect(tokens.scope).toBe('openid email');
  });

  test('a client that has to push is refused where it does not', async () => {
    const { params } = await op.authorize({ client });
    expect(params.get('error')).toBe('invalid_request');
    expect(params.has('code')).toBe(false);
  });

  test('it is good once', async () => {
    let packed: Record<string, string> = {};
    const agent = op.browser();
    const first = await op.authorize({
      client,
      agent,
      pack: async params => (packed = await pushed(params)),
    });
    expect(first.params.has('code')).toBe(true);
    const again = await op.authorize({ client, agent, pack: () => Promise.resolve(packed) });
    expect(again.params.has('code')).toBe(false);
    expect(again.page.text).toContain('invalid_request_uri');
  });

  test('it is gone after a minute', async () => {
    const response = await op.authorize({
      client,
      pack: async params => {
        const packed = await pushed(params);
        const now = Date.now();
        vi.useFakeTimers({ toFake: ['Date'] });
        vi.setSystemTime(now + 90_000);
        return packed;
      },
    });
    expect(response.page.text).toContain('invalid_request_uri');
    expect(response.params.has('code')).toBe(false);
  });

  test('another client cannot use it', async () => {
    const other = await op.register();
    const response = await op.authorize({
      client: other,
      pack: async params => ({ ...(await pushed({ ...params, client_id: client.id })), client_id: other.id }),
    });
    expect(response.params.has('code')).toBe(false);
    expect(response.page.status).toBe(400);
  });

  test('what is wrong is said when it is pushed, and nothing is pushed without the secret', async () => {
    const good = {
      client_id: client.id,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'https://rp.example/callback',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    expect((await push(good)).status).toBe(201);
    const { code_challenge: _, ...withoutPkce } = good;
    for (const wrong of [{ ...good, redirect_uri: 'https://evil.example/callback' }, withoutPkce]) {
      const response = await push(wrong);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
    expect((await push(good, { ...client, secret: 'wrong' })).status).toBe(401);
  });
});
