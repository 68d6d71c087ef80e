import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  genericGrantRequest,
  getDPoPHandle,
  randomDPoPKeyPair,
  tokenIntrospection,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runSql } from '../support/services.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const [front, orders, stock, bank] = ['front', 'orders', 'stock', 'bank'].map(
  name => `https://${name}.example/`,
) as [string, string, string, string];
const scopes = 'items:read items:write';
const machine = { redirect_uris: [], response_types: [] };

let op: OpUnderTest;
let web: TestClient;
/** The client that is the API "front". */
let api: TestClient;
let stranger: TestClient;
beforeAll(async () => {
  op = await startOp();
  for (const [identifier, format] of [
    [front, 'jwt'],
    [orders, 'jwt'],
    [stock, 'opaque'],
    [bank, 'jwt'],
  ]) {
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO resource_server (identifier, name, scopes, access_token_format, access_token_lifetime_seconds, created_at, updated_at)
       VALUES ('${identifier}', 'API', '{items:read,items:write}', '${format}', 300, now(), now())`,
    );
  }
  web = await op.register({ resource_scopes: { [front]: scopes } });
  api = await op.register({
    ...machine,
    grant_types: [grantType, 'client_credentials'],
    resource_scopes: { [orders]: scopes, [stock]: scopes, [bank]: scopes },
    token_exchange: [
      { from: front, to: orders, mode: 'delegation' },
      { from: front, to: stock, mode: 'impersonation' },
      { from: orders, to: stock, mode: 'delegation' },
    ],
  });
  stranger = await op.register({
    ...machine,
    grant_types: [grantType],
    resource_scopes: { [orders]: scopes },
  });
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

async function tokensOf(client = web, scope = `openid ${scopes}`, resource = front) {
  const response = await op.authorize({ client, params: { scope, resource, prompt: 'consent' } });
  return authorizationCodeGrant(client.config, response.url, checksOf(response), { resource });
}

const exchange = (subject_token: string, more: Record<string, string> = {}, by = api) =>
  genericGrantRequest(by.config, grantType, {
    subject_token,
    subject_token_type: accessToken,
    resource: orders,
    ...more,
  });

describe('RFC 8693 · Token exchange', () => {
  test('a token for one API becomes one for the next, for the same person, and says who acts', async () => {
    const { access_token } = await tokensOf();
    const answer = await exchange(access_token);
    expect(answer).toMatchObject({
      issued_token_type: accessToken,
      token_type: 'bearer',
      scope: scopes,
    });
    expect(answer).not.toHaveProperty('refresh_token');
    expect(decodeJwt(answer.access_token)).toMatchObject({
      aud: orders,
      sub: decodeJwt(access_token).sub,
      client_id: api.id,
      act: { sub: api.id },
    });
  });

  test('who acted before stays behind who acts now, up to five', async () => {
    const chain = await op.register({
      ...machine,
      grant_types: [grantType],
      resource_scopes: { [orders]: scopes },
      token_exchange: [
        { from: front, to: orders, mode: 'delegation' },
        { from: orders, to: orders, mode: 'delegation' },
      ],
    });
    let token = (await exchange((await tokensOf()).access_token)).access_token;
    token = (await exchange(token, {}, chain)).access_token;
    expect(decodeJwt(token)['act']).toEqual({ sub: chain.id, act: { sub: api.id } });
    for (let link = 0; link < 3; link += 1) token = (await exchange(token, {}, chain)).access_token;
    await expect(exchange(token, {}, chain)).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('it never has more scopes than the token it came from, and less where less is asked for', async () => {
    const { access_token } = await tokensOf(web, 'openid items:read');
    expect((await exchange(access_token)).scope).toBe('items:read');
    await expect(exchange(access_token, { scope: scopes })).rejects.toMatchObject({ error: 'invalid_scope' });
    const both = (await tokensOf()).access_token;
    expect((await exchange(both, { scope: 'items:write' })).scope).toBe('items:write');
  });

  test('it never lives longer', async () => {
    const { access_token } = await tokensOf();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 200_000 });
    const { expires_in = 0 } = await exchange(access_token);
    expect(expires_in).toBeLessThanOrEqual(100);
    vi.setSystemTime(Date.now() + 400_000);
    await expect(exchange(access_token)).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('an opaque one can be looked into by the API it is for, and exchanged on', async () => {
    const opaque = await exchange((await tokensOf()).access_token, { resource: stock });
    expect(opaque.access_token).toHaveLength(43);
    const stockApi = await op.register({ ...machine, grant_types: [], resource_servers: [stock] });
    const facts = await tokenIntrospection(stockApi.config, opaque.access_token);
    expect(facts).toMatchObject({ active: true, aud: stock, scope: scopes, client_id: api.id });
    expect(facts).not.toHaveProperty('act');

    const again = await exchange((await tokensOf()).access_token);
    const second = await exchange(again.access_token, { resource: stock });
    expect(await tokenIntrospection(stockApi.config, second.access_token)).toMatchObject({
      act: { sub: api.id, act: { sub: api.id } },
    });
  });

  test('only what the client is registered for: from which API to which', async () => {
    const { access_token } = await tokensOf();
    await expect(exchange(access_token, { resource: bank })).rejects.toMatchObject({
      error: 'invalid_target',
    });
    await expect(exchange(access_token, {}, stranger)).rejects.toMatchObject({ error: 'invalid_target' });
    await expect(exchange(access_token, { audience: bank })).rejects.toMatchObject({
      error: 'invalid_target',
    });
    expect(await exchange(access_token, { audience: orders })).toHaveProperty('access_token');
  });

  test('what is no access token of ours is refused: ID tokens, forged, altered, unsigned, for userinfo', async () => {
    const tokens = await tokensOf();
    const good = tokens.access_token;
    const [header = '', payload = '', signature = ''] = good.split('.');
    const keys = await generateKeyPair('ES256');
    const forged = await new SignJWT(decodeJwt(good))
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk: await exportJWK(keys.publicKey) })
      .sign(keys.privateKey);
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
    const altered = `${header}.${Buffer.from(JSON.stringify({ ...decodeJwt(good), scope: 'admin' })).toString('base64url')}.${signature}`;
    const userinfoOnly = await op.authorize({ client: web });
    const { access_token: own } = await authorizationCodeGrant(
      web.config,
      userinfoOnly.url,
      checksOf(userinfoOnly),
    );
    for (const wrong of [tokens.id_token ?? '', forged, none, altered, 'x', '']) {
      await expect(exchange(wrong), wrong.slice(0, 30)).rejects.toMatchObject({ error: 'invalid_request' });
    }
    await expect(exchange(own)).rejects.toMatchObject({ error: 'invalid_target' });
    for (const type of ['id_token', 'refresh_token', 'saml2']) {
      await expect(
        exchange(good, { subject_token_type: `urn:ietf:params:oauth:token-type:${type}` }),
      ).rejects.toMatchObject({ error: 'invalid_request' });
    }
    expect(await exchange(good)).toHaveProperty('access_token');
  });

  test('a token that a client has of its own stands for no person', async () => {
    const robot = await op.register({
      ...machine,
      grant_types: ['client_credentials'],
      resource_scopes: { [front]: scopes },
    });
    const { access_token } = await clientCredentialsGrant(robot.config, {
      resource: front,
      scope: 'items:read',
    });
    await expect(exchange(access_token)).rejects.toMatchObject({ error: 'invalid_request' });
  });

  test('an actor is named by a token of the client that exchanges, and of nobody else', async () => {
    const { access_token } = await tokensOf();
    const actor = { actor_token_type: accessToken };
    const own = (await clientCredentialsGrant(api.config, { resource: orders, scope: 'items:read' }))
      .access_token;
    const { access_token: delegated } = await exchange(access_token, { ...actor, actor_token: own });
    expect(decodeJwt(delegated)['act']).toEqual({ sub: api.id });
    await expect(exchange(access_token, { ...actor, actor_token: access_token })).rejects.toMatchObject({
      error: 'invalid_request',
    });
    await expect(exchange(access_token, { ...actor, actor_token: 'x' })).rejects.toMatchObject({
      error: 'invalid_request',
    });
  });

  test('what is bound to a key is exchanged by its holder only', async () => {
    const app = await op.register({
      token_endpoint_auth_method: 'none',
      resource_scopes: { [front]: scopes },
    });
    const response = await op.authorize({
      client: app,
      params: { scope: `openid ${scopes}`, resource: front },
    });
    const keyPair = await randomDPoPKeyPair();
    const tokens = await authorizationCodeGrant(
      app.config,
      response.url,
      checksOf(response),
      { resource: front },
      { DPoP: getDPoPHandle(app.config, keyPair) },
    );
    await expect(exchange(tokens.access_token)).rejects.toMatchObject({ error: 'invalid_request' });
    const held = await genericGrantRequest(
      api.config,
      grantType,
      { subject_token: tokens.access_token, subject_token_type: accessToken, resource: orders },
      { DPoP: getDPoPHandle(api.config, keyPair) },
    );
    expect(held.token_type).toBe('dpop');
    expect(decodeJwt(held.access_token)).toHaveProperty('cnf.jkt');
  });

  test('a person or a client that was disabled is refused within seconds', async () => {
    const { access_token } = await tokensOf();
    const sub = String(decodeJwt(access_token).sub);
    const change = (text: string) => runSql(op.gatehouse.databaseUrl, text);
    await change(`UPDATE account SET status = 'disabled' WHERE id = '${sub}'`);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_000 });
    await expect(exchange(access_token)).rejects.toMatchObject({ error: 'invalid_request' });
    await change(`UPDATE account SET status = 'active' WHERE id = '${sub}'`);
    vi.setSystemTime(Date.now() + 5_000);
    expect(await exchange(access_token)).toHaveProperty('access_token');
    await change(`UPDATE client SET is_enabled = false WHERE id = '${web.id}'`);
    vi.setSystemTime(Date.now() + 5_000);
    await expect(exchange(access_token)).rejects.toMatchObject({ error: 'invalid_request' });
    await change(`UPDATE client SET is_enabled = true WHERE id = '${web.id}'`);
  });

  test('what is missing, or asked for in a form there is not, is said', async () => {
    const { access_token } = await tokensOf();
    const jwt = 'urn:ietf:params:oauth:token-type:jwt';
    expect(await exchange(access_token, { requested_token_type: jwt })).toMatchObject({
      issued_token_type: jwt,
    });
    for (const params of [
      { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      { actor_token: access_token, actor_token_type: 'x' },
    ]) {
      await expect(exchange(access_token, params)).rejects.toMatchObject({ error: 'invalid_request' });
    }
    await expect(genericGrantRequest(api.config, grantType, { resource: orders })).rejects.toMatchObject({
      error: 'invalid_request',
    });
    await expect(
      genericGrantRequest(api.config, grantType, {
        subject_token: access_token,
        subject_token_type: accessToken,
      }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
  });

  test('rules that make no sense are refused when they are registered', async () => {
    for (const token_exchange of [{}, [{ from: front }], [{ from: front, to: orders, mode: 'any' }], ['x']]) {
      const client = await op.register({ token_exchange });
      const { page } = await op.authorize({ client });
      expect(page.text).toContain('invalid_client_metadata');
    }
  });
});
