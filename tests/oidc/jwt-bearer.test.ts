import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { genericGrantRequest } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runSql } from '../support/services.ts';

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const partner = 'https://partner.example';
const notes = 'https://jwt-notes.example/';

const keys = await generateKeyPair('ES256');
const foreign = await generateKeyPair('ES256');
let rp: RpServer;
let op: OpUnderTest;
let client: TestClient;
let published: TestClient;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp(rp.environment);
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO resource_server (identifier, name, scopes, access_token_format, access_token_lifetime_seconds, created_at, updated_at)
     VALUES ('${notes}', 'Notes', '{notes:read,notes:write}', 'jwt', 300, now(), now())`,
  );
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'a', alg: 'ES256' };
  rp.documents.set('/jwks', { keys: [jwk] });
  const shared = {
    grant_types: [grantType],
    redirect_uris: [],
    response_types: [],
    resource_scopes: { [notes]: 'notes:read' },
  };
  client = await op.register({
    ...shared,
    assertion_issuers: [{ issuer: partner, subject: 'email', jwks: { keys: [jwk] } }],
  });
  published = await op.register({
    ...shared,
    assertion_issuers: [{ issuer: partner, subject: 'email', jwks_uri: `${rp.url}/jwks` }],
  });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
afterEach(() => vi.useRealTimers());

async function assertion(
  claims: JWTPayload = {},
  { key = keys.privateKey, omit = '' } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all: JWTPayload = {
    iss: partner,
    sub: op.person.email,
    aud: op.issuer,
    jti: Math.random().toString(36),
    iat: now,
    exp: now + 60,
    ...claims,
  };
  delete all[omit];
  return new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'a' }).sign(key);
}

const bring = (text: string, more: Record<string, string> = {}, by = client) =>
  genericGrantRequest(by.config, grantType, {
    assertion: text,
    resource: notes,
    scope: 'notes:read',
    ...more,
  });

const refused = { error: 'invalid_grant' };

describe('RFC 7523 · JWT bearer grant', () => {
  test('an assertion of a trusted issuer buys a token for the person it speaks of, and nothing to refresh', async () => {
    const answer = await bring(await assertion());
    expect(decodeJwt(answer.access_token)).toMatchObject({
      aud: notes,
      client_id: client.id,
      scope: 'notes:read',
      sub: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
    expect(answer).not.toHaveProperty('refresh_token');
    expect(answer).not.toHaveProperty('id_token');
  });

  test('the keys may be published: they are fetched, and what is down is a refusal', async () => {
    expect(await bring(await assertion(), {}, published)).toHaveProperty('access_token');
    expect(rp.received.map(({ path }) => path)).toContain('/jwks');
  });

  test('it is good once, also when it comes twenty times at once', async () => {
    const once = await assertion();
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => bring(once)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(bring(once)).rejects.toMatchObject(refused);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const wrong: [string, () => Promise<string>][] = [
    ['for somebody else', () => assertion({ aud: 'https://evil.example' })],
    ['for us and somebody else', () => assertion({ aud: [op.issuer, 'https://evil.example'] })],
    ['of another issuer', () => assertion({ iss: 'https://evil.example' })],
    ['signed by another key', () => assertion({}, { key: foreign.privateKey })],
    ['expired', () => assertion({ exp: now() - 60 })],
    ['good for a day', () => assertion({ exp: now() + 86_400 })],
    ['not good yet', () => assertion({ nbf: now() + 600 })],
    ['without jti', () => assertion({}, { omit: 'jti' })],
    ['without exp', () => assertion({}, { omit: 'exp' })],
    ['without sub', () => assertion({}, { omit: 'sub' })],
    ['of nobody here', () => assertion({ sub: 'nobody@lantern.example' })],
    ['no JWT', () => Promise.resolve('x')],
  ];
  for (const [name, make] of wrong) {
    test(`${name}: refused`, async () => {
      await expect(bring(await make())).rejects.toMatchObject(refused);
      expect(await bring(await assertion())).toHaveProperty('access_token');
    });
  }

  test('no more than the client may have, and for no API it is not registered for', async () => {
    await expect(bring(await assertion(), { scope: 'notes:read notes:write' })).rejects.toMatchObject({
      error: 'invalid_scope',
    });
    await expect(bring(await assertion(), { resource: `${op.issuer}/api` })).rejects.toMatchObject({
      error: 'invalid_target',
    });
  });

  test('what is missing is said, and issuers that make no sense are refused when they are registered', async () => {
    await expect(genericGrantRequest(client.config, grantType, { resource: notes })).rejects.toMatchObject({
      error: 'invalid_request',
    });
    await expect(
      genericGrantRequest(client.config, grantType, { assertion: await assertion() }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
    const stranger = await op.register({ grant_types: [grantType], redirect_uris: [], response_types: [] });
    await expect(bring(await assertion(), {}, stranger)).rejects.toMatchObject(refused);
    for (const assertion_issuers of [
      {},
      [{ issuer: partner }],
      [{ issuer: partner, subject: 'email', jwks_uri: 'http://x.example' }],
    ]) {
      const wrong = await op.register({ assertion_issuers });
      expect((await op.authorize({ client: wrong })).page.text).toContain('invalid_client_metadata');
    }
  });

  test('keys that cannot be fetched are no reason to believe', async () => {
    const away = await op.register({
      grant_types: [grantType],
      redirect_uris: [],
      response_types: [],
      resource_scopes: { [notes]: 'notes:read' },
      assertion_issuers: [{ issuer: partner, subject: 'account_id', jwks_uri: `${rp.url}/missing` }],
    });
    await expect(bring(await assertion(), {}, away)).rejects.toMatchObject(refused);
  });

  test('an account that was disabled is refused', async () => {
    const change = (status: string) =>
      runSql(
        op.gatehouse.databaseUrl,
        `UPDATE account SET status = '${status}' WHERE email = '${op.person.email}'`,
      );
    await change('disabled');
    await expect(bring(await assertion())).rejects.toMatchObject(refused);
    await change('active');
    expect(await bring(await assertion())).toHaveProperty('access_token');
  });
});
