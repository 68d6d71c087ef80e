import { randomUUID, type webcrypto } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSql } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';
import { ownKey, symmetric, unsigned, type Victim } from './forgeries.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { isSignedIn, signInTo } from './sign-out.ts';

const bearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ciba = 'urn:openid:params:grant-type:ciba';
const notes = 'https://swap-notes.example/';
const partner = 'https://partner.example';

const rsa = await generateKeyPair('RS256', { extractable: true });
const ec = await generateKeyPair('ES256');
const publicKeys: JWK[] = [
  { ...(await exportJWK(rsa.publicKey)), kid: 'a', alg: 'RS256', use: 'sig' },
  { ...(await exportJWK(ec.publicKey)), kid: 'b', alg: 'ES256', use: 'sig' },
];

const asked = {
  response_type: 'code',
  scope: 'openid',
  redirect_uri: callback,
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

let op: OpUnderTest;
/** With a key. */
let keyed: TestClient;
/** With a secret, of which there is a digest only, and with a key for what it asks. */
let secretive: TestClient;
let agent: UserAgent;
let idToken: string;
let ourKeys: JWK[];
beforeAll(async () => {
  op = await startOp();
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO resource_server (identifier, name, scopes, access_token_format, access_token_lifetime_seconds, created_at, updated_at)
     VALUES ('${notes}', 'Notes', '{notes:read}', 'jwt', 300, now(), now())`,
  );
  const jwks = { keys: publicKeys };
  keyed = await op.register({
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    jwks,
  });
  secretive = await op.register({
    grant_types: ['authorization_code', ciba, bearer],
    backchannel_token_delivery_mode: 'poll',
    resource_scopes: { [notes]: 'notes:read' },
    assertion_issuers: [{ issuer: partner, subject: 'email', jwks }],
    jwks,
  });
  agent = op.browser();
  ({ idToken } = await signInTo(op, secretive, agent));
  ourKeys = ((await (await fetch(String(op.metadata.jwks_uri))).json()) as JSONWebKeySet).keys;
});
afterAll(() => op.close());

const basic = () => ({
  Authorization: `Basic ${Buffer.from(`${secretive.id}:${secretive.secret}`).toString('base64')}`,
});

/** @returns `taken`, or why not */
async function post(path: string, params: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(params);
  const response = await fetch(`${op.issuer}${path}`, { method: 'POST', headers, body });
  const { error } = (await response.json()) as { error?: string };
  return response.ok ? 'taken' : String(error);
}

async function authorize(params: Record<string, string>): Promise<string> {
  const pack = (plain: Record<string, string>) => Promise.resolve({ ...plain, prompt: 'none', ...params });
  const response = await op.authorize({ client: secretive, agent, pack });
  return response.params.has('code') ? 'taken' : String(response.params.get('error'));
}

function shortLived(iss: string, more: JWTPayload): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return { iss, aud: op.issuer, iat: now, nbf: now, exp: now + 60, jti: randomUUID(), ...more };
}

const sign = (claims: JWTPayload, key: webcrypto.CryptoKey = rsa.privateKey) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'a' }).sign(key);

interface Door {
  title: string;
  /** What a forgery is answered with. */
  error: string;
  /** Whether it is verified with our own keys. */
  isOurs?: true;
  make(): Promise<string>;
  bring(token: string): Promise<string>;
}

const doors: Door[] = [
  {
    title: 'id_token_hint of an authorization request',
    error: 'invalid_request',
    isOurs: true,
    make: () => Promise.resolve(idToken),
    bring: id_token_hint => authorize({ id_token_hint }),
  },
  {
    title: 'id_token_hint of a backchannel request',
    error: 'invalid_request',
    isOurs: true,
    make: () => Promise.resolve(idToken),
    bring: id_token_hint => post('/backchannel', { scope: 'openid', id_token_hint }, basic()),
  },
  {
    title: 'request object',
    error: 'invalid_request_object',
    make: () =>
      sign(
        shortLived(secretive.id, {
          client_id: secretive.id,
          prompt: 'none',
          ...asked,
        }),
      ),
    bring: request => authorize({ request }),
  },
  {
    title: 'request object that is pushed',
    error: 'invalid_request_object',
    make: () =>
      sign(
        shortLived(secretive.id, {
          client_id: secretive.id,
          ...asked,
        }),
      ),
    bring: request => post('/request', { client_id: secretive.id, request }, basic()),
  },
  {
    title: 'client assertion (private_key_jwt)',
    error: 'invalid_client',
    make: () => sign(shortLived(keyed.id, { sub: keyed.id })),
    bring: client_assertion =>
      post('/token', {
        grant_type: 'client_credentials',
        client_assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }),
  },
  {
    title: 'assertion of a partner (JWT bearer grant)',
    error: 'invalid_grant',
    make: () => sign(shortLived(partner, { sub: op.person.email })),
    bring: assertion =>
      post('/token', { grant_type: bearer, assertion, resource: notes, scope: 'notes:read' }, basic()),
  },
];

function victimOf(token: string, isOurs = false): Victim {
  const { alg = '', kid = '' } = decodeProtectedHeader(token);
  const known = secretive.secret === undefined ? [] : [secretive.secret];
  return {
    header: { alg, kid },
    claims: decodeJwt(token),
    publicKeys: isOurs ? ourKeys : publicKeys,
    known,
    signature: token.split('.')[2] ?? '',
  };
}

const families = [
  ['HS256 with a public key, or with what is no key', symmetric],
  ['no algorithm', unsigned],
  ['a key of one’s own, or no signature', ownKey],
] as const;

for (const door of doors) {
  describe(`RFC 8725 section 2.1 · ${door.title}`, () => {
    for (const [name, forge] of families) {
      test(`${name}: refused; a good one is taken`, async () => {
        const good = await door.make();
        for (const [forgery, token] of await forge(victimOf(good, door.isOurs))) {
          expect(await door.bring(token), forgery).toBe(door.error);
        }
        expect(await door.bring(good)).toBe('taken');
      });
    }
  });
}

test('id_token_hint of a sign-out: a forgery signs nobody out, and the ID token itself does', async () => {
  const browser = op.browser();
  const signedIn = await signInTo(op, secretive, browser);
  const victim = victimOf(signedIn.idToken, true);
  const end = (hint: string) => browser.open(`${op.issuer}/session/end?id_token_hint=${hint}`);
  for (const [name, token] of [...symmetric(victim), ...unsigned(victim), ...(await ownKey(victim))]) {
    const { status, text } = await end(token);
    expect([status, text.includes('invalid_request')], name).toEqual([400, true]);
  }
  expect(await isSignedIn(op, secretive, browser)).toBe(true);
  expect((await end(signedIn.idToken)).text).toContain('You are signed out');
  expect(await isSignedIn(op, secretive, browser)).toBe(false);
});

test('HS256 is taken from the one who has the secret, where the client is registered for it: the forger knows how', async () => {
  const client = await op.register({ request_object_signing_alg: 'HS256' });
  const { id, secret = '' } = client;
  const claims = shortLived(id, { client_id: id, ...asked });
  const forgeries = symmetric({
    header: { alg: 'RS256' },
    claims,
    publicKeys,
    known: [secret],
    signature: '',
  });
  const taken: string[] = [];
  for (const [name, request] of forgeries) {
    const response = await op.authorize({ client, agent, params: { request } });
    if (response.params.has('code')) taken.push(name);
  }
  expect(taken).toEqual(['what belongs to the client, naming the key', 'what belongs to the client']);
});

test('the document offers no algorithm that is none, and nobody can register one', async () => {
  const offered = Object.entries(op.metadata).filter(([name]) => name.includes('_alg_values'));
  expect(offered.length).toBeGreaterThan(10);
  for (const [name, values] of offered) expect(values, name).not.toContain('none');
  for (const name of ['id_token_signed_response_alg', 'request_object_signing_alg']) {
    const client = await op.register({ [name]: 'none' });
    expect((await op.authorize({ client })).page.text, name).toContain('invalid_client_metadata');
  }
});
