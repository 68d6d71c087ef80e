import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  enableNonRepudiationChecks,
  fetchUserInfo,
  modifyAssertion,
  PrivateKeyJwt,
  refreshTokenGrant,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { localPrivateKeys, rotateKeys } from '../../src/keys/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { until } from '../support/services.ts';
import { app, clientFrom, countClients, dynamicClient, register, registered } from './dynamic-client.ts';
import { checksOf } from './fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

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
afterEach(() => vi.useRealTimers());

/** The provider and this relying party live in one process and read one clock. */
function pass(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
}

const published = async () => (await (await fetch(String(op.metadata.jwks_uri))).json()) as JSONWebKeySet;

/** Signatures are checked too, which TLS would make unnecessary. */
async function signIn(client: TestClient, params: Record<string, string> = {}) {
  enableNonRepudiationChecks(client.config);
  const response = await op.authorize({ client, params: { scope: 'openid email', ...params } });
  return authorizationCodeGrant(client.config, response.url, checksOf(response));
}

async function keyPair(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' };
  return { jwk, authentication: PrivateKeyJwt({ key: privateKey, kid }), privateKey };
}

const byKey = (path: string) => ({
  ...app,
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['authorization_code', 'refresh_token'],
  jwks_uri: `${rp.url}${path}`,
});

describe('OpenID Connect Dynamic Client Registration 1.0 · what is signed for a client', () => {
  test('oidcc-idtoken-rs256, oidcc-userinfo-rs256: as it registered, and userinfo is for it and nobody else', async () => {
    const client = await dynamicClient(op, {
      id_token_signed_response_alg: 'RS256',
      userinfo_signed_response_alg: 'RS256',
    });
    const tokens = await signIn(client);
    expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('RS256');
    const sub = tokens.claims()?.sub ?? '';
    expect((await fetchUserInfo(client.config, tokens.access_token, sub)).email).toBe(op.person.email);

    const answer = await fetch(String(op.metadata.userinfo_endpoint), {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/jwt/);
    const jwt = await answer.text();
    expect(decodeProtectedHeader(jwt).alg).toBe('RS256');
    const keys = createLocalJWKSet(await published());
    const { payload } = await jwtVerify(jwt, keys, { issuer: op.issuer, audience: client.id });
    expect(payload).toMatchObject({ sub, email: op.person.email });
  });

  test('oidcc-idtoken-unsigned: no signature is none that a client can have, in any flow', async () => {
    const before = await countClients(op);
    for (const name of ['id_token_signed_response_alg', 'userinfo_signed_response_alg']) {
      const response = await register(op, { ...app, [name]: 'none' });
      expect(response.status, name).toBe(400);
      expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
    }
    expect(await countClients(op)).toBe(before);
    // Nor where an operator wrote it into the database.
    const client = await op.register({ id_token_signed_response_alg: 'none' });
    const { params, page } = await op.authorize({ client });
    expect(params.has('code')).toBe(false);
    expect(page.text).toContain('invalid_client_metadata');
    expect(await signIn(await dynamicClient(op))).toHaveProperty('id_token');
  });

  test('oidcc-server-rotate-keys: the new key signs and is published, and what the old one signed still verifies', async () => {
    const registration = await registered(op, app);
    const client = await clientFrom(op, registration);
    const before = (await signIn(client)).id_token ?? '';
    const database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 1 });
    const sealer = createSealer(encryptionKeys(loadSettings(op.gatehouse.environment)));
    const { keys } = await published();
    await rotateKeys(
      { database, sealer, privateKeys: localPrivateKeys, clock: systemClock },
      { announcementMs: 0 },
    );
    await database.close();
    await until('the keys are new', async () => (await published()).keys.length > keys.length);

    // openid-client keeps what it fetched for a minute at least; a new key is announced for longer than that.
    const after = (await signIn(await clientFrom(op, registration))).id_token ?? '';
    const kids = [before, after].map(idToken => decodeProtectedHeader(idToken).kid);
    expect(new Set(kids).size).toBe(2);
    expect(keys.map(({ kid }) => kid)).not.toContain(kids[1]);
    const now = createLocalJWKSet(await published());
    for (const idToken of [before, after]) {
      const { payload } = await jwtVerify(idToken, now, { issuer: op.issuer, audience: client.id });
      expect(payload.sub).toBeDefined();
    }
  });
});

describe('OpenID Connect Dynamic Client Registration 1.0 · what a client signs', () => {
  test('oidcc-registration-jwks-uri: its keys are where it says, and nobody else’s key is good', async () => {
    const own = await keyPair('own');
    rp.documents.set('/own', { keys: [own.jwk] });
    const registration = await registered(op, byKey('/own'));
    expect(registration).toMatchObject({ jwks_uri: `${rp.url}/own` });
    expect(registration).not.toHaveProperty('client_secret');
    const client = await clientFrom(op, registration, own.authentication);
    expect(await signIn(client)).toHaveProperty('id_token');

    const foreign = await clientFrom(op, registration, (await keyPair('own')).authentication);
    await expect(signIn(foreign)).rejects.toMatchObject({ error: 'invalid_client' });
    const both = { ...byKey('/own'), jwks: { keys: [own.jwk] } };
    expect((await register(op, both)).status).toBe(400);
  });

  test('oidcc-refresh-token, oidcc-refresh-token-rp-key-rotation: its new key counts, the old one no longer', async () => {
    const [old, fresh] = [await keyPair('old'), await keyPair('fresh')];
    rp.documents.set('/rolling', { keys: [old.jwk] });
    const registration = await registered(op, byKey('/rolling'));
    const client = await clientFrom(op, registration, old.authentication);
    const rolled = await clientFrom(op, registration, fresh.authentication);
    const first = await signIn(client, { scope: 'openid offline_access', prompt: 'consent' });
    const second = await refreshTokenGrant(client.config, first.refresh_token ?? '');
    expect(second.claims()).toMatchObject({ sub: first.claims()?.sub, aud: client.id });

    rp.documents.set('/rolling', { keys: [fresh.jwk] });
    pass(61);
    const third = await refreshTokenGrant(rolled.config, second.refresh_token ?? '');
    expect(third.claims()).toMatchObject({ sub: first.claims()?.sub, aud: client.id });
    await expect(refreshTokenGrant(client.config, third.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_client',
    });
  });

  test('a key that it took away is good for an hour at most, also while it uses no other', async () => {
    const [stolen, safe] = [await keyPair('stolen'), await keyPair('safe')];
    rp.documents.set('/taken', { keys: [stolen.jwk] });
    const registration = await registered(op, {
      ...byKey('/taken'),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    });
    const [thief, owner] = [
      await clientFrom(op, registration, stolen.authentication),
      await clientFrom(op, registration, safe.authentication),
    ];
    expect(await clientCredentialsGrant(thief.config)).toHaveProperty('access_token');
    rp.documents.set('/taken', { keys: [safe.jwk] });
    pass(62 * 60);
    await expect(clientCredentialsGrant(thief.config)).rejects.toMatchObject({ error: 'invalid_client' });
    expect(await clientCredentialsGrant(owner.config)).toHaveProperty('access_token');
  });

  test('oidcc-ensure-client-assertion-with-iss-aud-succeeds: and one for another server buys nothing', async () => {
    const own = await keyPair('own');
    rp.documents.set('/own', { keys: [own.jwk] });
    const registration = await registered(op, byKey('/own'));
    const meantFor = (aud: unknown) =>
      clientFrom(
        op,
        registration,
        PrivateKeyJwt(
          { key: own.privateKey, kid: 'own' },
          { [modifyAssertion]: (_header, payload) => Object.assign(payload, { aud }) },
        ),
      );
    for (const aud of ['https://evil.example', `${op.issuer}.evil.example`, [], undefined]) {
      await expect(signIn(await meantFor(aud)), String(aud)).rejects.toMatchObject({
        error: 'invalid_client',
      });
    }
    for (const aud of [op.issuer, String(op.metadata.token_endpoint)]) {
      expect(await signIn(await meantFor(aud)), aud).toHaveProperty('id_token');
    }
  });
});
