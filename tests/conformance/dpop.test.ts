import { hash } from 'node:crypto';
import { base64url, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  type DPoPHandle,
  fetchUserInfo,
  getDPoPHandle,
  randomDPoPKeyPair,
  refreshTokenGrant,
  skipSubjectCheck,
} from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let client: TestClient;
let robot: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register({ token_endpoint_auth_method: 'none' });
  robot = await op.register({
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    resource_scopes: { [`${op.issuer}/api`]: 'accounts:read' },
  });
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

const newHandle = async () => getDPoPHandle(client.config, await randomDPoPKeyPair());

async function tokensFor(DPoP: DPoPHandle) {
  const response = await op.authorize({
    client,
    params: { scope: 'openid offline_access', prompt: 'consent' },
  });
  return authorizationCodeGrant(
    client.config,
    response.url,
    {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    },
    undefined,
    { DPoP },
  );
}

interface Proof {
  htm?: string;
  htu?: string;
  nonce?: string | undefined;
  jti?: string;
  ath?: string | undefined;
  iat?: unknown;
}
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

const seconds = () => Math.floor(Date.now() / 1000);

const claimsOf = (claims: Proof) => ({
  htm: 'POST',
  htu: String(op.metadata.token_endpoint),
  jti: Math.random().toString(36),
  iat: seconds(),
  ...claims,
});

/** Written by hand, so that it can be wrong. */
async function proofWith(keys: Keys, claims: Proof, header: Record<string, unknown> = {}): Promise<string> {
  // What is undefined is not in the token.
  return new SignJWT(JSON.parse(JSON.stringify(claimsOf(claims))) as Record<string, unknown>)
    .setProtectedHeader({
      alg: 'ES256',
      typ: 'dpop+jwt',
      jwk: await exportJWK(keys.publicKey),
      ...header,
    })
    .sign(keys.privateKey);
}

const ask = (...proofs: string[]) => {
  const headers = new Headers({
    Authorization: `Basic ${Buffer.from(`${robot.id}:${robot.secret}`).toString('base64')}`,
  });
  for (const proof of proofs) headers.append('DPoP', proof);
  return fetch(String(op.metadata.token_endpoint), {
    method: 'POST',
    headers,
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
};

describe('RFC 9449 · DPoP', () => {
  test('a public client gets bound tokens, and uses and refreshes them with its key', async () => {
    const DPoP = await newHandle();
    const tokens = await tokensFor(DPoP);
    expect(tokens.token_type).toBe('dpop');
    const userinfo = await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck, { DPoP });
    expect(userinfo.sub).toBe(tokens.claims()?.sub);
    const next = await refreshTokenGrant(client.config, tokens.refresh_token ?? '', undefined, { DPoP });
    expect(next.access_token).not.toBe(tokens.access_token);
  });

  test('the tokens are worth nothing to somebody without the key, or with another', async () => {
    const DPoP = await newHandle();
    const tokens = await tokensFor(DPoP);
    const thief = await newHandle();
    for (const options of [{}, { DPoP: thief }]) {
      await expect(
        fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck, options),
      ).rejects.toMatchObject({ status: 401 });
      await expect(
        refreshTokenGrant(client.config, tokens.refresh_token ?? '', undefined, options),
      ).rejects.toMatchObject({
        error: expect.stringMatching(/invalid_(grant|request|dpop_proof)/) as string,
      });
    }
    // Whoever has the key is not harmed by the attempt.
    const next = await refreshTokenGrant(client.config, tokens.refresh_token ?? '', undefined, { DPoP });
    expect(next).toHaveProperty('access_token');
  });

  test('a nonce of ours is asked for; it is good in every process and after the nonce keys rotate for the next', async () => {
    const keys = await generateKeyPair('ES256');
    const first = await ask(await proofWith(keys, {}));
    expect(await first.json()).toMatchObject({ error: 'use_dpop_nonce' });
    const nonce = String(first.headers.get('DPoP-Nonce'));
    expect((await ask(await proofWith(keys, { nonce }))).status).toBe(200);

    await runCli(op.gatehouse.environment, 'keys', 'rotate', '--purpose', 'dpop-nonce', '--now');
    const asked = await until('the nonce is refused', async () => {
      const response = await ask(await proofWith(keys, { nonce }));
      return response.status === 400 ? response : undefined;
    });
    expect(await asked.json()).toMatchObject({ error: 'use_dpop_nonce' });
    const fresh = String(asked.headers.get('DPoP-Nonce'));
    expect((await ask(await proofWith(keys, { nonce: fresh }))).status).toBe(200);
  });

  const nonceFor = async (keys: Keys) =>
    String((await ask(await proofWith(keys, {}))).headers.get('DPoP-Nonce'));

  test('a proof is good once, at one address, for one method', async () => {
    const keys = await generateKeyPair('ES256');
    const nonce = await nonceFor(keys);
    const good = await proofWith(keys, { nonce });
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(good)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);

    const wrong: Proof[] = [
      { htm: 'GET' },
      { htu: `${op.issuer}/me` },
      { htu: 'https://evil.example/token' },
      { nonce: 'made-up' },
      { jti: '' },
    ];
    for (const claims of wrong) {
      const response = await ask(await proofWith(keys, { nonce, ...claims }));
      expect(response.status, JSON.stringify(claims)).toBe(400);
    }
    expect((await ask(await proofWith(keys, { nonce }), await proofWith(keys, { nonce }))).status).toBe(400);
    expect((await ask(await proofWith(keys, { nonce }))).status).toBe(200);
  });

  test('a proof is good now: by our nonce, as the clock of a client may be wrong (section 11.1)', async () => {
    const keys = await generateKeyPair('ES256');
    const nonce = await nonceFor(keys);
    for (const iat of [undefined, String(seconds()), null]) {
      const response = await ask(await proofWith(keys, { nonce, iat }));
      expect(await response.json(), String(iat)).toMatchObject({ error: 'invalid_dpop_proof' });
    }
    for (const iat of [seconds() - 3600, seconds(), seconds() + 3600]) {
      const without = await ask(await proofWith(keys, { iat }));
      expect(await without.json()).toMatchObject({ error: 'use_dpop_nonce' });
      expect((await ask(await proofWith(keys, { nonce, iat }))).status).toBe(200);
    }
    const kept = await proofWith(keys, { nonce });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 });
    // Neither one made earlier, nor a new one with the nonce of then.
    for (const proof of [kept, await proofWith(keys, { nonce })]) {
      expect(await (await ask(proof)).json()).toMatchObject({ error: 'use_dpop_nonce' });
    }
    expect((await ask(await proofWith(keys, { nonce: await nonceFor(keys) }))).status).toBe(200);
  });

  test('a proof is signed, by the key it shows, which is half of a pair and no secret', async () => {
    const keys = await generateKeyPair('ES256', { extractable: true });
    const other = await generateKeyPair('ES256');
    const nonce = await nonceFor(keys);
    const secret = Buffer.alloc(32, 7);
    const jwk = await exportJWK(keys.publicKey);
    const unsigned = [{ alg: 'none', typ: 'dpop+jwt', jwk }, claimsOf({ nonce })]
      .map(part => base64url.encode(JSON.stringify(part)))
      .join('.');
    const symmetric = { kty: 'oct', k: base64url.encode(secret) };
    const good = () => proofWith(keys, { nonce });
    const attacks: Record<string, string> = {
      'alg none': `${unsigned}.`,
      'signature left out': (await good()).replace(/[^.]*$/, ''),
      'claims changed': (await good()).replace(/\.[^.]*\./, `.${unsigned.split('.')[1]}.`),
      HS256: await new SignJWT(claimsOf({ nonce }) as Record<string, unknown>)
        .setProtectedHeader({ alg: 'HS256', typ: 'dpop+jwt', jwk: symmetric })
        .sign(secret),
      'wrong typ': await proofWith(keys, { nonce }, { typ: 'JWT' }),
      'no typ': await proofWith(keys, { nonce }, { typ: undefined }),
      'private key': await proofWith(keys, { nonce }, { jwk: await exportJWK(keys.privateKey) }),
      'key of another': await proofWith(keys, { nonce }, { jwk: await exportJWK(other.publicKey) }),
      'no key': await proofWith(keys, { nonce }, { jwk: undefined }),
      'no JWT': 'proof',
    };
    for (const [name, proof] of Object.entries(attacks)) {
      const response = await ask(proof);
      expect(response.status, name).toBe(400);
      expect(await response.json(), name).toMatchObject({ error: 'invalid_dpop_proof' });
    }
    expect((await ask(await good())).status).toBe(200);
  });

  test('where a token is used, the proof is for that token (ath)', async () => {
    const keys = await generateKeyPair('ES256', { extractable: true });
    const [one, two] = [
      await tokensFor(getDPoPHandle(client.config, keys)),
      await tokensFor(getDPoPHandle(client.config, keys)),
    ];
    const htu = String(op.metadata.userinfo_endpoint);
    const look = async (claims: Proof) =>
      fetch(htu, {
        headers: {
          Authorization: `DPoP ${one.access_token}`,
          DPoP: await proofWith(keys, { htm: 'GET', htu, ...claims }),
        },
      });
    const athOf = ({ access_token }: { access_token: string }) => hash('sha256', access_token, 'base64url');
    const nonce = String((await look({ ath: athOf(one) })).headers.get('DPoP-Nonce'));
    for (const ath of [undefined, '', athOf(two), one.access_token]) {
      const response = await look({ nonce, ath });
      expect(response.status, String(ath)).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toContain('error="invalid_dpop_proof"');
    }
    expect((await look({ nonce, ath: athOf(one) })).status).toBe(200);
  });

  test('a JWT for an API names the key, and is refused where nobody looks at keys', async () => {
    const keyPair = await randomDPoPKeyPair();
    const DPoP = getDPoPHandle(robot.config, keyPair);
    const { access_token } = await clientCredentialsGrant(
      robot.config,
      { resource: `${op.issuer}/api`, scope: 'accounts:read' },
      { DPoP },
    );
    expect(decodeJwt(access_token)).toMatchObject({
      cnf: { jkt: await calculateJwkThumbprint(await exportJWK(keyPair.publicKey)) },
    });
    const me = await fetch(`${op.gatehouse.facts.management_url}/api/v1/me`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(me.status).toBe(401);
  });
});
