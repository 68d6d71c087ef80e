import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  ClientSecretBasic,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import { authorizationCodeGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { app, countClients, dynamicClient, register } from './dynamic-client.ts';
import { checksOf } from './fapi-client.ts';
import {
  type AuthorizationResponse,
  callback,
  type OpUnderTest,
  startOp,
  type TestClient,
} from './op-under-test.ts';

let rp: RpServer;
let op: OpUnderTest;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp({ ...rp.environment, DANGEROUSLY_OPEN_REGISTRATION: 'true' });
});
afterAll(async () => {
  await op.close();
  rp.close();
});

const withQuery = `${callback}?foo=bar`;

/** openid-client takes the query of a redirect URI for a part of the answer, so this is done with what it is made of. */
async function redeemAt(redirectUri: string, client: TestClient, { url, sent }: AuthorizationResponse) {
  const [as, own] = [client.config.serverMetadata(), { client_id: client.id } satisfies Client];
  const response = await authorizationCodeGrantRequest(
    as,
    own,
    ClientSecretBasic(client.secret ?? ''),
    validateAuthResponse(as, own, url, sent.state),
    redirectUri,
    sent.verifier,
    { [allowInsecureRequests]: true },
  );
  return processAuthorizationCodeResponse(as, own, response, { expectedNonce: sent.nonce });
}

/** Nobody is sent anywhere: the person reads why on a page of ours. */
function expectRefusedHere({ mode, page, url }: AuthorizationResponse, what: string): void {
  expect(mode, what).toBeUndefined();
  expect(page.status, what).toBe(400);
  expect(url.origin, what).toBe(op.issuer);
}

describe('OpenID Connect Dynamic Client Registration 1.0 · redirect URIs', () => {
  test('oidcc-redirect-uri-query-OK: a query that was registered comes back beside the code, and belongs to it', async () => {
    const client = await dynamicClient(op, { redirect_uris: [withQuery] });
    const params = { redirect_uri: withQuery };
    const response = await op.authorize({ client, params });
    expect(response.url.searchParams.get('foo')).toBe('bar');
    expect(response.url.href.split('?')).toHaveLength(2);
    expect(await redeemAt(withQuery, client, response)).toHaveProperty('id_token');
    for (const other of [callback, `${callback}?foo=baz`]) {
      await expect(redeemAt(other, client, await op.authorize({ client, params }))).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
  });

  test('oidcc-redirect-uri-query-mismatch: another query than the registered one is another address', async () => {
    const client = await dynamicClient(op, { redirect_uris: [withQuery] });
    for (const redirect_uri of [`${callback}?foo=baz`, `${callback}?FOO=bar`, callback, `${callback}?`]) {
      expectRefusedHere(await op.authorize({ client, params: { redirect_uri } }), redirect_uri);
    }
    const right = await op.authorize({ client, params: { redirect_uri: withQuery } });
    expect(right.params.has('code')).toBe(true);
  });

  test('oidcc-redirect-uri-query-added: a query that was not registered may not be added', async () => {
    const client = await dynamicClient(op, { redirect_uris: [callback] });
    for (const redirect_uri of [withQuery, `${callback}?`, `${callback}?code=x&state=y`]) {
      expectRefusedHere(await op.authorize({ client, params: { redirect_uri } }), redirect_uri);
    }
    const more = await dynamicClient(op, { redirect_uris: [withQuery] });
    const params = { redirect_uri: `${withQuery}&more=1` };
    expectRefusedHere(await op.authorize({ client: more, params }), params.redirect_uri);
    expect((await op.authorize({ client })).params.has('code')).toBe(true);
  });

  test('oidcc-redirect-uri-regfrag: an address with a fragment is not registered, alone or beside a good one', async () => {
    const before = await countClients(op);
    for (const redirect_uris of [
      [`${callback}#foo`],
      [callback, `${withQuery}#`],
      [`${withQuery}#foo=bar`],
    ]) {
      const response = await register(op, { ...app, redirect_uris });
      expect(response.status, redirect_uris.join()).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_redirect_uri' });
    }
    expect(await countClients(op)).toBe(before);
    expect((await register(op, app)).status).toBe(201);
  });

  test('oidcc-ensure-redirect-uri-in-authorization-request: it is named, also where only one is registered', async () => {
    const client = await dynamicClient(op);
    for (const redirect_uri of [undefined, '']) {
      expectRefusedHere(await op.authorize({ client, params: { redirect_uri } }), String(redirect_uri));
    }
    expect((await op.authorize({ client })).params.has('code')).toBe(true);
  });
});

describe('OpenID Connect Core 1.0 section 6 · request objects of clients that registered themselves', () => {
  const at = '/request';
  let client: TestClient;
  let sign: (claims: object) => Promise<string>;
  beforeAll(async () => {
    const keys = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'a', use: 'sig', alg: 'RS256' };
    client = await dynamicClient(op, { jwks: { keys: [jwk] }, request_uris: [`${rp.url}${at}`] });
    sign = claims =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'a' })
        .setIssuer(client.id)
        .setAudience(op.issuer)
        .setExpirationTime('1m')
        .sign(keys.privateKey);
  });

  /** What is asked stands at the address; beside it is only what OAuth wants to see there. */
  const authorizeBy = (make: (claims: object) => Promise<string> | string, outside: object = {}) =>
    op.authorize({
      client,
      params: { scope: 'openid email' },
      pack: async params => {
        rp.documents.set(at, await make(params));
        const { client_id = '', response_type = '' } = params;
        return { client_id, response_type, scope: 'openid', request_uri: `${rp.url}${at}`, ...outside };
      },
    });

  test('oidcc-request-uri-signed-rs256, oidcc-ensure-request-object-with-redirect-uri: what is signed is what counts', async () => {
    const response = await authorizeBy(sign, { redirect_uri: 'https://rp.example/ignored' });
    const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
    expect(tokens.scope).toBe('openid email');
  });

  test('oidcc-request-uri-unsigned: refused, since anybody could have written it', async () => {
    const unsigned = (claims: object) =>
      new UnsecuredJWT({ ...claims }).setIssuer(client.id).setAudience(op.issuer).encode();
    const { params, sent } = await authorizeBy(unsigned, { redirect_uri: callback });
    expect(params.get('error')).toBe('invalid_request_object');
    expect(params.get('state')).toBe(sent.state);
    expect(params.has('code')).toBe(false);
    expect((await register(op, { ...app, request_object_signing_alg: 'none' })).status).toBe(400);
  });
});
