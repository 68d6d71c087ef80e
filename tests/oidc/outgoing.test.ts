import { exportJWK, generateKeyPair } from 'jose';
import { authorizationCodeGrant, clientCredentialsGrant, None, PrivateKeyJwt } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';

let rp: RpServer;
let op: OpUnderTest;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp({ ...rp.environment, CLIENT_DOCUMENT_HOSTS: new URL(rp.url).host });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
beforeEach(() => {
  rp.received.length = 0;
  rp.documents.clear();
});
afterEach(() => vi.useRealTimers());

afterEach(() => vi.useRealTimers());

describe('keys at the address that a client registered (jwks_uri)', () => {
  async function keyPair(kid: string) {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' } };
  }

  test('verify its assertions, and a new key is looked for', async () => {
    const [one, two] = [await keyPair('one'), await keyPair('two')];
    rp.documents.set('/jwks', { keys: [one.publicJwk] });
    const metadata = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${rp.url}/jwks`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    };
    const client = await op.register(metadata, PrivateKeyJwt({ key: one.privateKey, kid: 'one' }));
    expect(await clientCredentialsGrant(client.config)).toHaveProperty('access_token');
    expect(await clientCredentialsGrant(client.config)).toHaveProperty('access_token');
    expect(rp.received).toHaveLength(1);

    // Not before a minute has passed, so that wrong signatures do not make us ask and ask.
    rp.documents.set('/jwks', { keys: [one.publicJwk, two.publicJwk] });
    const rolled = await op.discover(client.id, PrivateKeyJwt({ key: two.privateKey, kid: 'two' }));
    await expect(clientCredentialsGrant(rolled.config)).rejects.toMatchObject({ error: 'invalid_client' });
    expect(rp.received).toHaveLength(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await clientCredentialsGrant(rolled.config)).toHaveProperty('access_token');
    expect(rp.received).toHaveLength(2);
    expect(await clientCredentialsGrant(client.config)).toHaveProperty('access_token');
  });

  test('on a private address are not fetched', async () => {
    const { privateKey } = await keyPair('one');
    const metadata = {
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://127.0.0.1:8443/jwks',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    };
    const client = await op.register(metadata, PrivateKeyJwt(privateKey));
    await expect(clientCredentialsGrant(client.config)).rejects.toMatchObject({
      error: 'invalid_client',
    });
    expect(op.gatehouse.log).toContainEqual(
      expect.objectContaining({
        event: 'outgoing.failed',
        host: '127.0.0.1:8443',
        reason: 'address_refused',
      }),
    );
  });
});

describe('a client that describes itself (client ID metadata document)', () => {
  const describe_ = (path: string, more: object = {}) => {
    const client_id = rp.url + path;
    rp.documents.set(path, {
      client_id,
      client_name: 'Lantern',
      redirect_uris: [callback],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
      ...more,
    });
    return client_id;
  };

  async function signIn(client: TestClient) {
    const response = await op.authorize({ client });
    const tokens = await authorizationCodeGrant(client.config, response.url, {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    });
    return { response, tokens };
  }

  test('signs a person in, who is told the host it comes from; it is fetched once', async () => {
    const client = await op.discover(describe_('/app'), None());
    expect(op.metadata).toMatchObject({ client_id_metadata_document_supported: true });
    const { response, tokens } = await signIn(client);
    expect(response.forms).toContain('consent-form');
    expect(tokens.claims()?.aud).toBe(client.id);
    expect(rp.received.map(({ path }) => path)).toEqual(['/app']);
  });

  test('gives itself nothing that is ours to give, and has no secret', async () => {
    const greedy: [string, object][] = [
      ['/scopes', { resource_scopes: { [`${op.issuer}/api`]: 'accounts:read' } }],
      ['/secret', { client_secret: 'secret', token_endpoint_auth_method: 'client_secret_post' }],
      ['/other', { client_id: `${rp.url}/app` }],
    ];
    for (const [path, more] of greedy) {
      const client = await op.discover(describe_(path, more), None());
      const response = await op.authorize({ client: { ...client, id: rp.url + path } });
      expect(response.params.has('code'), path).toBe(false);
      expect(response.page.status, path).toBe(400);
    }
  });

  test('has the code flow and no other, since it does not authenticate', async () => {
    const flows: [string, object][] = [
      ['/implicit', { response_types: ['code', 'id_token'] }],
      ['/hybrid', { response_types: ['code id_token token'] }],
      ['/grant', { grant_types: ['authorization_code', 'implicit'] }],
    ];
    // A minute of its own for each, since only so many fetches a minute are made.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    for (const [path, more] of flows) {
      vi.setSystemTime(Date.now() + 61_000);
      const client = await op.discover(describe_(path, more), None());
      const response = await op.authorize({ client });
      expect(response.page.status, path).toBe(400);
      expect(response.page.text, path).toContain('invalid_client');
      expect(rp.received.at(-1)?.path).toBe(path);
    }
    const client = await op.discover(describe_('/code'), None());
    await expect(signIn(client)).resolves.toHaveProperty('tokens');
  });

  test('elsewhere than at the hosts that the settings name is not asked for', async () => {
    const response = await op.authorize({ client: { id: 'https://127.0.0.1:8443/app' } as TestClient });
    expect(response.page.status).toBe(400);
    expect(response.page.text).toContain('invalid_client');
  });

  test('under ever new addresses does not make us ask more than ten times a minute', async () => {
    for (let index = 0; index < 15; index += 1) {
      await op.authorize({ client: { id: `${rp.url}/unknown-${index}` } as TestClient });
    }
    expect(rp.received.length).toBeLessThanOrEqual(10);
  });
});
