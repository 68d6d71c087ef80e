import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  ath?: string;
  iat?: number;
}

/** Written by hand, so that it can be wrong. */
async function proofWith(keys: Awaited<ReturnType<typeof generateKeyPair>>, claims: Proof): Promise<string> {
  const { nonce, ...rest } = claims;
  return new SignJWT({
    htm: 'POST',
    htu: String(op.metadata.token_endpoint),
    jti: Math.random().toString(36),
    iat: Math.floor(Date.now() / 1000),
    ...rest,
    ...(nonce === undefined ? {} : { nonce }),
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(keys.publicKey) })
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

  test('a proof is good once, at one address, for one method, now', async () => {
    const keys = await generateKeyPair('ES256');
    const nonce = String((await ask(await proofWith(keys, {}))).headers.get('DPoP-Nonce'));
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
