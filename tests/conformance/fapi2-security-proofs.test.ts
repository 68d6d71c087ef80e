import { calculateJwkThumbprint, exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Change, header, rightProofs, wrongProofs } from './dpop-mistakes.ts';
import { newEcKey, newRsaKey, type ProofKey, proofFor, signProof } from './dpop-proof.ts';
import { clientAssertion, type FapiClient, pushed, registerFapi } from './fapi-client.ts';
import { callback, type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
let client: FapiClient;
const ec = newEcKey();
const rsa = newRsaKey();
const stranger = newEcKey();
beforeAll(async () => {
  op = await startOp();
  client = await registerFapi(op, 'fapi2-security', {
    grant_types: ['authorization_code', 'client_credentials'],
  });
});
afterAll(() => op.close());

interface Answer {
  status: number;
  nonce: string | undefined;
  error: string | undefined;
  body: Record<string, unknown>;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Record<string, unknown>;
  const told = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '')?.[1];
  return {
    status: response.status,
    nonce: response.headers.get('dpop-nonce') ?? undefined,
    error: told ?? (body['error'] as string | undefined),
    body,
  };
}

/** Where a proof is brought, and the answer to it. */
interface Door {
  title: string;
  method: string;
  url: () => string;
  accessToken?: () => string;
  bring: (proofs: string[]) => Promise<Answer>;
}

function withProofs(proofs: string[], headers: Record<string, string> = {}): Headers {
  const all = new Headers(headers);
  for (const proof of proofs) all.append('DPoP', proof);
  return all;
}

async function tokenRequest(proofs: string[], params: Record<string, string>): Promise<Answer> {
  return answerOf(
    await fetch(String(op.metadata.token_endpoint), {
      method: 'POST',
      headers: withProofs(proofs),
      body: new URLSearchParams({ ...params, ...(await clientAssertion(op, client)) }),
    }),
  );
}

const atToken: Door = {
  title: 'token endpoint',
  method: 'POST',
  url: () => String(op.metadata.token_endpoint),
  bring: proofs => tokenRequest(proofs, { grant_type: 'client_credentials' }),
};

/** Of a person, bound to `key`. */
async function tokenFor(key: ProofKey): Promise<string> {
  const { params, sent } = await op.authorize({ client, pack: asked => pushed(client, asked) });
  const nonce = await nonceOf(atToken);
  const proof = proofFor(key, { method: 'POST', url: atToken.url(), nonce });
  const { body } = await tokenRequest([signProof(proof, key)], {
    grant_type: 'authorization_code',
    code: params.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: sent.verifier,
  });
  return String(body['access_token']);
}

async function userinfo(accessToken: string, proofs: string[], scheme = 'DPoP'): Promise<Answer> {
  const headers = withProofs(proofs, { Authorization: `${scheme} ${accessToken}` });
  return answerOf(await fetch(String(op.metadata.userinfo_endpoint), { headers }));
}

async function nonceOf({ method, url, accessToken, bring }: Door): Promise<string> {
  const target = { method, url: url(), nonce: undefined };
  const proof = proofFor(ec, accessToken === undefined ? target : { ...target, accessToken: accessToken() });
  return String((await bring([signProof(proof, ec)])).nonce);
}

for (const [kind, key] of [
  ['ES256', ec],
  ['PS256', rsa],
] as const) {
  const tokens = { access: '' };
  const atUserinfo: Door = {
    title: 'userinfo',
    method: 'GET',
    url: () => String(op.metadata.userinfo_endpoint),
    accessToken: () => tokens.access,
    bring: proofs => userinfo(tokens.access, proofs),
  };
  beforeAll(async () => {
    tokens.access = await tokenFor(key);
  });

  for (const door of [atToken, atUserinfo]) {
    describe(`fapi2-security-profile-final-dpop-negative-tests · ${kind} · ${door.title}`, () => {
      const refused = door === atToken ? 400 : 401;
      let nonce: string;
      beforeAll(async () => {
        nonce = await nonceOf(door);
      });

      const proof = (change: Change = same => same, by = key) => {
        const target = { method: door.method, url: door.url(), nonce };
        const { accessToken } = door;
        const good = proofFor(
          by,
          accessToken === undefined ? target : { ...target, accessToken: accessToken() },
        );
        return signProof(change(good, by), by);
      };

      test('a proof that is wrong in one thing is refused, and the right one is taken', async () => {
        for (const [name, change] of wrongProofs) {
          const answer = await door.bring([proof(change)]);
          expect([name, answer.status]).toEqual([name, refused]);
          expect(answer.error, name).toBe(name.startsWith('nonce') ? 'use_dpop_nonce' : 'invalid_dpop_proof');
        }
        expect((await door.bring([proof()])).status).toBe(200);
      });

      test('what RFC 9449 section 4.3 leaves open is taken', async () => {
        for (const [name, change] of rightProofs) {
          expect([name, (await door.bring([proof(change)])).status]).toEqual([name, 200]);
        }
      });

      test('a changed signature, something that is no JWT, two proofs, and none: refused', async () => {
        const good = proof();
        const [content = '', payload = '', signature = ''] = good.split('.');
        const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
        for (const proofs of [
          [`${content}.${payload}.${changed}`],
          [`${content}.${payload}.`],
          [`${content}.${payload}`],
          ['x'],
          [proof(), proof()],
          [],
        ]) {
          const status = proofs.length === 0 ? 400 : refused;
          expect((await door.bring(proofs)).status, proofs.join(' | ')).toBe(status);
        }
        expect((await door.bring([good])).status).toBe(200);
      });

      test('the same proof again is refused, also of ten at once', async () => {
        const once = proof();
        const answers = await Promise.all(Array.from({ length: 10 }, () => door.bring([once])));
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        expect((await door.bring([once])).status).toBe(refused);
        expect((await door.bring([proof()])).status).toBe(200);
      });

      test('FAPI 2.0 section 5.4.1: RS256 is no algorithm for it, and 1024 bits are no key', async () => {
        for (const weak of [proof(header({ alg: 'RS256' }), rsa), proof(undefined, newRsaKey(1024))]) {
          expect(await door.bring([weak])).toMatchObject({ status: refused, error: 'invalid_dpop_proof' });
        }
      });
    });
  }

  describe(`RFC 9449 section 7 · a token that is bound to a key of ${kind}`, () => {
    test('ath is that of this token, the key is the one, and the token is no bearer token', async () => {
      const nonce = await nonceOf(atUserinfo);
      const target = { method: 'GET', url: atUserinfo.url(), nonce };
      const proof = (by: ProofKey, accessToken?: string) =>
        signProof(proofFor(by, accessToken === undefined ? target : { ...target, accessToken }), by);
      const wrongs: [string, number, string[], string?][] = [
        ['no ath', 401, [proof(key)]],
        ['ath of another', 401, [proof(key, 'another')]],
        ['another key', 401, [proof(stranger, tokens.access)]],
        ['as a bearer token', 401, [], 'Bearer'],
        ['as a bearer token with a proof', 400, [proof(key, tokens.access)], 'Bearer'],
      ];
      for (const [name, status, proofs, scheme] of wrongs) {
        expect([name, (await userinfo(tokens.access, proofs, scheme)).status]).toEqual([name, status]);
      }
      expect((await userinfo(tokens.access, [proof(key, tokens.access)])).status).toBe(200);
    });
  });
}

describe('RFC 9449 section 10 · a code that is bound to a key', () => {
  const jktOf = async ({ publicKey }: ProofKey) => calculateJwkThumbprint(await exportJWK(publicKey));

  async function push(proofKey: ProofKey, more: Record<string, string> = {}): Promise<Answer> {
    const url = String(op.metadata.pushed_authorization_request_endpoint);
    const ask = async (nonce: string | undefined) =>
      answerOf(
        await fetch(url, {
          method: 'POST',
          headers: withProofs([signProof(proofFor(proofKey, { method: 'POST', url, nonce }), proofKey)]),
          body: new URLSearchParams({
            client_id: client.id,
            response_type: 'code',
            scope: 'openid',
            redirect_uri: callback,
            code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
            code_challenge_method: 'S256',
            ...more,
            ...(await clientAssertion(op, client)),
          }),
        }),
      );
    const { nonce } = await ask(undefined);
    return ask(nonce);
  }

  test('fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails', async () => {
    expect(await push(ec, { dpop_jkt: await jktOf(stranger) })).toMatchObject({
      status: 400,
      error: 'invalid_request',
    });
    expect((await push(ec, { dpop_jkt: await jktOf(ec) })).status).toBe(201);
  });

  test('fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success, …-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt', async () => {
    const redeemWith = async (key: ProofKey) => {
      const { params, sent } = await op.authorize({
        client,
        pack: async ({ code_challenge = '' }) => {
          const { body } = await push(ec, { code_challenge });
          return { client_id: client.id, request_uri: String(body['request_uri']) };
        },
      });
      const proof = proofFor(key, { method: 'POST', url: atToken.url(), nonce: await nonceOf(atToken) });
      return tokenRequest([signProof(proof, key)], {
        grant_type: 'authorization_code',
        code: params.get('code') ?? '',
        redirect_uri: callback,
        code_verifier: sent.verifier,
      });
    };
    expect(await redeemWith(stranger)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect((await redeemWith(ec)).status).toBe(200);
  });
});
