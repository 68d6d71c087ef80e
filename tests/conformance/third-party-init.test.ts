import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

describe('OpenID Connect Core 1.0 · 3rd Party-Init', () => {
  test('oidcc-3rd-party-init-login: the app is told the issuer, at the address it registered', async () => {
    const client = await op.register({ initiate_login_uri: 'https://rp.example/start?tenant=1' });
    const { status, headers } = await op.browser().send('GET', `${op.issuer}/launch/${client.id}`);
    expect(status).toBe(303);
    const url = new URL(headers.get('location') ?? '');
    expect(`${url.origin}${url.pathname}`).toBe('https://rp.example/start');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '1',
      iss: op.issuer,
      client_id: client.id,
    });
  });

  test('oidcc-3rd-party-init-login-nohttps: an address without TLS is refused', async () => {
    const client = await op.register({ initiate_login_uri: 'http://rp.example/start' });
    const { page } = await op.authorize({ client });
    expect(page.status).toBe(400);
    expect(page.text).toContain('invalid_client_metadata');
  });

  test('no address of the request is followed, and an app without one is not found', async () => {
    const client = await op.register();
    for (const path of [client.id, 'nobody', `${client.id}?initiate_login_uri=https://evil.example/`]) {
      const { status, headers } = await op.browser().send('GET', `${op.issuer}/launch/${path}`);
      expect(status).toBe(404);
      expect(headers.get('location')).toBeNull();
    }
  });
});
