import { hash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { authorizationCodeGrant } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import {
  type AuthorizationResponse,
  callback,
  type OpUnderTest,
  startOp,
  type TestClient,
} from './op-under-test.ts';

let rp: RpServer;
let op: OpUnderTest;
let client: TestClient;
const keys = await generateKeyPair('RS256');
const foreign = await generateKeyPair('RS256');

beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp(rp.environment);
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'a', use: 'sig', alg: 'RS256' };
  client = await op.register({
    jwks: { keys: [jwk] },
    request_uris: [`${rp.url}/request`, `${rp.url}/missing`, `${rp.url}/fixed#${digestOf('fixed')}`],
  });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
beforeEach(() => {
  rp.received.length = 0;
  rp.documents.clear();
});

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

async function requestObject(
  claims: object = {},
  { key = keys.privateKey, expires = '1m', issuer = client.id, audience = op.issuer } = {},
): Promise<string> {
  return new SignJWT({ client_id: client.id, scope: 'openid email', ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'a', typ: 'oauth-authz-req+jwt' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(key);
}

async function redeem({ url, sent }: AuthorizationResponse) {
  return authorizationCodeGrant(client.config, url, {
    pkceCodeVerifier: sent.verifier,
    expectedState: sent.state,
    expectedNonce: sent.nonce,
  });
}

const pkce = {
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

/** Where a refusal is told to the client, or on a page of ours. */
function errorOf({ params, page }: AuthorizationResponse): string | undefined {
  return params.get('error') ?? /invalid_request\w*/.exec(page.text)?.[0];
}

describe('OpenID Connect Core 1.0 section 6.1 · by value', () => {
  test('oidcc-ensure-request-object-with-redirect-uri: what is signed is what counts', async () => {
    const response = await op.authorize({
      client,
      pack: async ({ client_id = '', response_type = '', ...signed }) => ({
        client_id,
        response_type,
        redirect_uri: 'https://rp.example/ignored',
        scope: 'openid',
        request: await requestObject({
          ...signed,
          response_type,
          redirect_uri: callback,
          scope: 'openid email',
        }),
      }),
    });
    expect((await redeem(response)).scope).toBe('openid email');
  });

  test('unsigned, signed by somebody else, expired, for another server, from or naming another client: refused', async () => {
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    const [, payload] = (await requestObject()).split('.');
    const attacks: Record<string, string> = {
      unsigned: `${header}.${payload}.`,
      foreign: await requestObject({}, { key: foreign.privateKey }),
      expired: await requestObject({}, { expires: '-1m' }),
      'for another server': await requestObject({}, { audience: 'https://evil.example' }),
      'for nobody': await requestObject({}, { audience: '' }),
      'from another client': await requestObject({}, { issuer: 'demo-web' }),
      'of another client': await requestObject({ client_id: 'demo-web' }),
      'no JWT': 'nothing',
    };
    for (const [name, request] of Object.entries(attacks)) {
      const response = await op.authorize({ client, params: { request } });
      expect(errorOf(response), name).toBe('invalid_request_object');
      expect(response.params.has('code'), name).toBe(false);
    }
    const good = await requestObject({ redirect_uri: callback, response_type: 'code', ...pkce });
    expect((await op.authorize({ client, params: { request: good } })).params.has('code')).toBe(true);
  });
});

describe('OpenID Connect Core 1.0 section 6.2 · by reference', () => {
  test('oidcc-request-uri-signed-rs256: a registered address is fetched, once, also through the pages', async () => {
    const response = await op.authorize({
      client,
      pack: async ({ client_id = '', response_type = '', ...signed }) => {
        rp.documents.set('/request', await requestObject({ ...signed, response_type }));
        return { client_id, response_type, scope: 'openid', request_uri: `${rp.url}/request` };
      },
      params: { scope: 'openid email' },
    });
    expect(response.forms).toContain('password-form');
    expect((await redeem(response)).scope).toBe('openid email');
    expect(rp.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /request']);
  });

  test('one that is not registered is not asked for', async () => {
    rp.documents.set('/other', await requestObject());
    for (const request_uri of [
      `${rp.url}/other`,
      `${rp.url}/request?x`,
      'https://127.0.0.1/request',
      'nothing',
    ]) {
      expect(errorOf(await op.authorize({ client, params: { request_uri } }))).toBe('invalid_request_uri');
    }
    expect(rp.received).toEqual([]);
  });

  test('what is not there, or no request object, is refused, and the client is told', async () => {
    const missing = await op.authorize({ client, params: { request_uri: `${rp.url}/missing` } });
    expect(missing.params.get('error')).toBe('invalid_request_uri');
    expect(missing.params.get('state')).toBe(missing.sent.state);
    rp.documents.set('/request', await requestObject({}, { key: foreign.privateKey }));
    const tampered = await op.authorize({ client, params: { request_uri: `${rp.url}/request` } });
    expect(errorOf(tampered)).toBe('invalid_request_object');
  });

  test('where the address holds a digest, the content has to be that', async () => {
    const request_uri = `${rp.url}/fixed#${digestOf('fixed')}`;
    rp.documents.set('/fixed', await requestObject());
    expect(errorOf(await op.authorize({ client, params: { request_uri } }))).toBe('invalid_request_uri');
    rp.documents.set('/fixed', 'fixed');
    expect(errorOf(await op.authorize({ client, params: { request_uri } }))).toBe('invalid_request_object');
  });

  test('a pushed request takes none', async () => {
    const response = await fetch(String(op.metadata.pushed_authorization_request_endpoint), {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}` },
      body: new URLSearchParams({ client_id: client.id, request_uri: `${rp.url}/request` }),
    });
    expect(response.status).toBe(400);
    expect(rp.received).toEqual([]);
  });
});
