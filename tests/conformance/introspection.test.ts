import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { clientCredentialsGrant, tokenIntrospection, tokenRevocation } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSql } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

const notes = 'https://notes.example/opaque';
const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

let op: OpUnderTest;
let robot: TestClient;
let api: TestClient;
let stranger: TestClient;
beforeAll(async () => {
  op = await startOp();
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO resource_server (identifier, name, scopes, access_token_format, access_token_lifetime_seconds, created_at, updated_at)
     VALUES ('${notes}', 'Notes', '{notes:read}', 'opaque', 300, now(), now())`,
  );
  robot = await op.register({ ...machine, resource_scopes: { [notes]: 'notes:read' } });
  api = await op.register({ ...machine, resource_servers: [notes] });
  stranger = await op.register(machine);
});
afterAll(() => op.close());

const tokenForNotes = async () =>
  (await clientCredentialsGrant(robot.config, { resource: notes, scope: 'notes:read' })).access_token;

describe('RFC 7662 · Token introspection', () => {
  test('the API a token is for, and the client it was given to, are told about it; nobody else is', async () => {
    const token = await tokenForNotes();
    const facts = { active: true, client_id: robot.id, scope: 'notes:read', aud: notes };
    expect(await tokenIntrospection(api.config, token)).toMatchObject(facts);
    expect(await tokenIntrospection(robot.config, token)).toMatchObject(facts);
    expect(await tokenIntrospection(stranger.config, token)).toEqual({ active: false });
    const without = await fetch(String(op.metadata.introspection_endpoint), {
      method: 'POST',
      body: new URLSearchParams({ token }),
    });
    expect(without.status).toBe(400);
  });

  test('a token for another API is none of its business', async () => {
    const { access_token } = await clientCredentialsGrant(robot.config);
    expect(await tokenIntrospection(api.config, access_token)).toEqual({ active: false });
    expect(await tokenIntrospection(robot.config, access_token)).toMatchObject({ active: true });
  });

  test('RFC 9701: the answer as a signed JWT, for the API alone', async () => {
    const token = await tokenForNotes();
    const { keys } = (await (await fetch(String(op.metadata.jwks_uri))).json()) as JSONWebKeySet;
    const response = await fetch(String(op.metadata.introspection_endpoint), {
      method: 'POST',
      headers: {
        Accept: 'application/token-introspection+jwt',
        Authorization: `Basic ${Buffer.from(`${api.id}:${api.secret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ token }),
    });
    expect(response.headers.get('content-type')).toContain('application/token-introspection+jwt');
    const { payload, protectedHeader } = await jwtVerify(await response.text(), createLocalJWKSet({ keys }), {
      issuer: op.issuer,
      audience: api.id,
      typ: 'token-introspection+jwt',
    });
    expect(payload['token_introspection']).toMatchObject({ active: true, scope: 'notes:read' });
    expect(protectedHeader.alg).toBe('RS256');
  });
});

describe('RFC 7009 · Token revocation', () => {
  test('ends a token of one’s own, and no other', async () => {
    const token = await tokenForNotes();
    await tokenRevocation(stranger.config, token);
    expect(await tokenIntrospection(api.config, token)).toMatchObject({ active: true });
    await tokenRevocation(robot.config, token);
    expect(await tokenIntrospection(api.config, token)).toEqual({ active: false });
  });
});
