import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localPrivateKeys, revokeKey, rotateKeys } from '../../src/keys/index.ts';
import { runSql } from '../support/services.ts';
import { issuer, machine, nowSeconds, startApi, type TestApi, tool, validClaims } from './start-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const encode = (value: object) => base64url.encode(JSON.stringify(value));
const realm = `Bearer realm="${issuer}/api"`;

async function expectRefused(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toBe(
    `${realm}, error="invalid_token", error_description="The access token is not valid here, or no longer."`,
  );
  expect(await response.json()).toMatchObject({ status: 401, code: 'unauthorized', title: 'Unauthorized' });
}

async function signWithSecret(secret: Uint8Array): Promise<string> {
  return new SignJWT(validClaims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: ourKey('RS256').kid })
    .sign(secret);
}

async function signWithForeignKey(header: object = {}): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256');
  return new SignJWT(validClaims)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
    .sign(privateKey);
}

function ourKey(algorithm: string) {
  const key = api.keys.current().signing.find(each => each.algorithm === algorithm);
  if (key === undefined) throw new Error('there is no such key');
  return key;
}

const publicKey = () => createPublicKey({ key: ourKey('RS256').publicJwk, format: 'jwk' });

test('a token that the issuer gave a client for this API is let in', async () => {
  for (const alg of ['ES256', 'RS256']) {
    const response = await api.get('/api/v1/me', await api.token({}, { alg }));
    expect(response.status, alg).toBe(200);
    expect(response.headers.has('WWW-Authenticate')).toBe(false);
  }
  // RFC 9110 section 11.1: the name of the scheme has no case.
  const token = await api.token({ aud: ['https://other.example', `${issuer}/api`] });
  const response = await api.get('/api/v1/me', undefined, { headers: { Authorization: `bEARER ${token}` } });
  expect(response.status).toBe(200);
});

describe('without a token', () => {
  const withoutToken: Record<string, Record<string, string>> = {
    'no header': {},
    'another scheme': { Authorization: 'Basic bmlnaHQtd2F0Y2g6c2VjcmV0' },
    'a scheme that only begins like it': { Authorization: 'Bearers abc' },
    'a session cookie': { Cookie: '_session=abc; access_token=abc' },
  };
  for (const [name, headers] of Object.entries(withoutToken)) {
    test(`${name} is told to bring one, and no more (RFC 6750 section 3.1)`, async () => {
      const response = await api.get('/api/v1/me', undefined, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe(realm);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    });
  }

  test('one in the query is not looked at: addresses end up in logs', async () => {
    const response = await api.get(`/api/v1/me?access_token=${await api.token()}`);
    expect(response.status).toBe(401);
    expect(response.headers.get('WWW-Authenticate')).toBe(realm);
  });
});

describe('a token is refused that', () => {
  const claims: Record<string, Record<string, unknown>> = {
    'has expired': { iat: nowSeconds - 600, exp: nowSeconds },
    'is not valid yet': { nbf: nowSeconds + 60 },
    'never expires': { exp: undefined },
    'does not say when it was issued': { iat: undefined },
    'is for another API': { aud: 'https://api.demo.example' },
    'is for the client itself, like an ID token': { aud: machine },
    'is for nobody': { aud: undefined },
    'is from another issuer': { iss: 'https://evil.example' },
    'is from an issuer with another spelling': { iss: `${issuer}/` },
    'is from nobody': { iss: undefined },
    'names no client': { client_id: undefined },
    'names no subject': { sub: undefined },
    'is bound to a key that nobody shows': { cnf: { jkt: 'thumbprint' } },
    'has a scope that is no text': { scope: ['accounts:read'] },
    'names a client that does not exist': { sub: 'nobody', client_id: 'nobody' },
    'names a person who does not exist': { sub: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a', client_id: tool },
    'names a subject that is no account id': { sub: "' OR true --", client_id: tool },
  };
  for (const [name, changed] of Object.entries(claims)) {
    test(name, async () => {
      await expectRefused(await api.get('/api/v1/me', await api.token(changed)));
    });
  }

  const tokens: Record<string, () => string | Promise<string>> = {
    'has the type of any JWT': () => api.token({}, { typ: 'JWT' }),
    'has no type, like an ID token': () => api.token({ aud: machine }, { typ: undefined }),
    'has no type, but is right otherwise': () => api.token({}, { typ: undefined }),
    'is an authentication assertion for the token endpoint': () =>
      api.token({}, { typ: 'client-authentication+jwt' }),
    'asks for a check that we do not know (crit)': () => api.token({}, { crit: ['seal'], seal: 1 }),
    'is not signed (alg none)': () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(validClaims)}.`,
    'is not signed, by another spelling': () =>
      `${encode({ alg: 'nOnE', typ: 'at+jwt' })}.${encode(validClaims)}.`,
    'lost its signature': async () => (await api.token()).replace(/[^.]+$/, ''),
    'was changed after it was signed': async () => {
      const [header, , signature] = (await api.token()).split('.');
      return `${header}.${encode({ ...validClaims, scope: 'keys:rotate' })}.${signature}`;
    },
    'is signed with the public key as a secret (PEM)': async () =>
      signWithSecret(new TextEncoder().encode(await exportSPKI(publicKey()))),
    'is signed with the public key as a secret (DER)': () =>
      signWithSecret(publicKey().export({ type: 'spki', format: 'der' })),
    'is signed with an empty secret': () => signWithSecret(new Uint8Array(32)),
    'is signed by a stranger': () => signWithForeignKey(),
    'is signed by a stranger under the name of our key': () =>
      signWithForeignKey({ kid: ourKey('ES256').kid }),
    'brings its own key': async () => {
      const { privateKey, publicKey: own } = await generateKeyPair('ES256', { extractable: true });
      const jwk = await exportJWK(own);
      return new SignJWT(validClaims)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', jwk })
        .sign(privateKey);
    },
    'names a key of another algorithm': async () => api.token({}, { kid: ourKey('RS256').kid }),
    'is signed with our key by an algorithm we do not use': async () => {
      const privateKey = createPrivateKey({ key: await api.privateJwk('RS256'), format: 'jwk' });
      return new SignJWT(validClaims).setProtectedHeader({ alg: 'PS256', typ: 'at+jwt' }).sign(privateKey);
    },
    'is an opaque token': () => randomBytes(32).toString('base64url'),
    'is no token': () => 'a b',
    'is empty': () => '',
  };
  for (const [name, make] of Object.entries(tokens)) {
    test(name, async () => {
      await expectRefused(await api.get('/api/v1/me', await make()));
    });
  }

  test('is anything at all', async () => {
    const segment = fc.oneof(
      fc.base64String(),
      fc.json().map(text => base64url.encode(text)),
      fc.string(),
    );
    const text = fc.array(segment, { maxLength: 6 }).map(segments => segments.join('.'));
    const property = fc.asyncProperty(text, async guess => {
      const header = `Bearer ${encodeURIComponent(guess)}`;
      const response = await api.get('/api/v1/me', undefined, { headers: { Authorization: header } });
      expect(response.status).toBe(401);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});

describe('what changed since the token was issued counts at once', () => {
  test('a client that was disabled is out, and in again when enabled', async () => {
    const token = await api.token();
    const ask = async () => (await api.get('/api/v1/me', token)).status;
    expect(await ask()).toBe(200);
    await runSql(api.databaseUrl, `UPDATE client SET is_enabled = false WHERE id = '${machine}'`);
    await expectRefused(await api.get('/api/v1/me', token));
    await runSql(api.databaseUrl, `UPDATE client SET is_enabled = true WHERE id = '${machine}'`);
    expect(await ask()).toBe(200);
  });

  for (const status of ['disabled', 'deactivated', 'closing']) {
    test(`an account that was ${status} is out`, async () => {
      const token = await api.token({ sub: api.memberId, client_id: tool });
      const setStatus = (value: string) =>
        runSql(api.databaseUrl, `UPDATE account SET status = '${value}' WHERE id = '${api.memberId}'`);
      expect((await api.get('/api/v1/me', token)).status).toBe(200);
      await setStatus(status);
      await expectRefused(await api.get('/api/v1/me', token));
      await setStatus('active');
      expect((await api.get('/api/v1/me', token)).status).toBe(200);
    });
  }
});

describe('what a key signed', () => {
  test('is accepted after the key was rotated, and not after it was revoked', async () => {
    const clock = { now: () => nowSeconds * 1000 };
    const token = await api.token();
    const ask = async () => (await api.get('/api/v1/me', token)).status;
    await rotateKeys({ ...api, privateKeys: localPrivateKeys, clock }, { announcementMs: 0 });
    const kid = ourKey('ES256').kid;
    await api.keys.refresh();
    expect(ourKey('ES256').kid).not.toBe(kid);
    expect(await ask()).toBe(200);

    await revokeKey({ ...api, privateKeys: localPrivateKeys, clock }, kid);
    await api.keys.refresh();
    await expectRefused(await api.get('/api/v1/me', token));
    expect((await api.get('/api/v1/me', await api.token())).status).toBe(200);
  });
});

test('no token and no address stands in the log', async () => {
  const token = await api.token({ sub: api.ownerId, client_id: tool });
  await api.get(`/api/v1/me?email=ada@lantern.example`, token);
  await api.get('/api/v1/me', `${token}x`);
  expect(api.logged()).toContain('"route":"/api/v1/me"');
  expect(api.logged()).not.toContain(token.slice(0, 20));
  expect(api.logged()).not.toContain('lantern.example');
});
