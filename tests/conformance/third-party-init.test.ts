import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { app, manage, register, registered } from './dynamic-client.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp({ DANGEROUSLY_OPEN_REGISTRATION: 'true' });
});
afterAll(() => op.close());

describe('OpenID Connect Core 1.0 · 3rd Party-Init', () => {
  test('oidcc-3rd_party-init-login: the address that an app registers is in every answer about it', async () => {
    const address = { initiate_login_uri: 'https://rp.example/start' };
    const client = await registered(op, { ...app, ...address });
    expect(client).toMatchObject(address);
    const read = await manage(client, 'GET');
    expect(read.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await read.json()).toMatchObject(address);
  });

  test('OpenID Connect Core 1.0 section 4: the app is told the issuer, at the address it registered', async () => {
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

  test('oidcc-3rd_party-init-login-nohttps: an address without TLS is refused', async () => {
    for (const initiate_login_uri of ['http://rp.example/start', 'javascript:alert(1)', 'start']) {
      const response = await register(op, { ...app, initiate_login_uri });
      expect(response.status, initiate_login_uri).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
    }
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
