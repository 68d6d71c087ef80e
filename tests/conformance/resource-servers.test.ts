import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { clientCredentialsGrant, tokenIntrospection } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { accessTokenAlgorithms, type ResourceServer, saveResourceServer } from '../../src/clients/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { signingAlgorithms } from '../../src/keys/index.ts';
import { type Database, openDatabase } from '../../src/store/index.ts';
import { selectRows } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const apiOf = (name: string) => `https://${name.toLowerCase()}.example/api`;

let op: OpUnderTest;
let database: Database;
let robot: TestClient;
let api: TestClient;
beforeAll(async () => {
  op = await startOp();
  database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 2 });
  const names = [...signingAlgorithms, 'opaque', 'brief'];
  const resource_scopes = Object.fromEntries(names.map(name => [apiOf(name), 'read']));
  robot = await op.register({ ...machine, resource_scopes });
  api = await op.register({ ...machine, resource_servers: names.map(apiOf) });
});
afterAll(async () => {
  await database.close();
  await op.close();
});
afterEach(() => vi.useRealTimers());

async function save(
  name: string,
  tokens: Partial<Record<keyof ResourceServer, unknown>> = {},
): Promise<string> {
  const server = {
    identifier: apiOf(name),
    name,
    scopes: ['read'],
    accessTokenFormat: 'jwt',
    accessTokenSigningAlg: 'ES256',
    accessTokenLifetimeSeconds: 300,
    ...tokens,
  } as ResourceServer;
  await database.prisma.$transaction(transaction =>
    saveResourceServer({ transaction, clock: systemClock }, server),
  );
  return server.identifier;
}

const tokenFor = (resource: string) => clientCredentialsGrant(robot.config, { resource, scope: 'read' });

async function verified(token: string, audience: string) {
  const keys = (await (await fetch(String(op.metadata.jwks_uri))).json()) as JSONWebKeySet;
  return jwtVerify(token, createLocalJWKSet(keys), { issuer: op.issuer, audience, typ: 'at+jwt' });
}

describe('RFC 8707 and RFC 9068 · What a resource server says of its access tokens', () => {
  test.each(signingAlgorithms)('%s signs them where it says so', async alg => {
    const resource = await save(alg, { accessTokenSigningAlg: alg });
    const { access_token } = await tokenFor(resource);
    expect((await verified(access_token, resource)).protectedHeader.alg).toBe(alg);
    await expect(verified(access_token, apiOf('other'))).rejects.toThrow('unexpected "aud" claim value');
  });

  test('how long they live', async () => {
    const resource = await save('brief', { accessTokenLifetimeSeconds: 90 });
    const { access_token, expires_in } = await tokenFor(resource);
    const { payload } = await verified(access_token, resource);
    expect([expires_in, Number(payload.exp) - Number(payload.iat)]).toEqual([90, 90]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 91_000 });
    await expect(verified(access_token, resource)).rejects.toThrow('"exp" claim timestamp check failed');
  });

  test('that they are opaque: the API asks, for as long as they live', async () => {
    const resource = await save('opaque', { accessTokenFormat: 'opaque', accessTokenLifetimeSeconds: 120 });
    const { access_token, expires_in } = await tokenFor(resource);
    expect(expires_in).toBe(120);
    expect(() => decodeProtectedHeader(access_token)).toThrow();
    expect(await tokenIntrospection(api.config, access_token)).toMatchObject({ active: true, aud: resource });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 121_000 });
    expect(await tokenIntrospection(api.config, access_token)).toEqual({ active: false });
  });

  test('a change counts for the next tokens, within seconds', async () => {
    const resource = await save('brief', { accessTokenSigningAlg: 'ES256' });
    await tokenFor(resource);
    await save('brief', { accessTokenSigningAlg: 'PS256' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 4_000 });
    const { access_token } = await tokenFor(resource);
    expect(decodeProtectedHeader(access_token).alg).toBe('PS256');
  });
});

describe('a resource server whose tokens could not be issued, or not be verified to their end, is not saved', () => {
  test.each<[string, Partial<Record<keyof ResourceServer, unknown>>, RegExp]>([
    [
      'an algorithm without a key',
      { accessTokenSigningAlg: 'ES512' },
      /must be one of ES256, RS256, PS256, EdDSA/,
    ],
    ['no signature', { accessTokenSigningAlg: 'none' }, /must be one of ES256/],
    ['a signature with a secret', { accessTokenSigningAlg: 'HS256' }, /must be one of ES256/],
    ['a format that there is not', { accessTokenFormat: 'paseto' }, /must be jwt or opaque/],
    ['longer than a day', { accessTokenLifetimeSeconds: 86_401 }, /86400 \(a day\) at most/],
    ['no time at all', { accessTokenLifetimeSeconds: 0 }, /a whole number of seconds/],
    ['half a second', { accessTokenLifetimeSeconds: 0.5 }, /a whole number of seconds/],
    ['no URI', { identifier: 'notes' }, /must be an absolute URI/],
    ['a fragment', { identifier: 'https://refused.example/#a' }, /without a fragment/],
  ])('%s', async (_what, tokens, why) => {
    await expect(save('refused', tokens)).rejects.toThrow(why);
    const stored = "SELECT name FROM resource_server WHERE name = 'refused'";
    expect(await selectRows(op.gatehouse.databaseUrl, stored)).toEqual([]);
  });

  test('a day is fine, and there is a key for every algorithm that may be named', async () => {
    await expect(save('brief', { accessTokenLifetimeSeconds: 86_400 })).resolves.toBe(apiOf('brief'));
    expect(accessTokenAlgorithms.toSorted()).toEqual(signingAlgorithms.toSorted());
  });
});
