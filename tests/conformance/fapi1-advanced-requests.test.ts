import { decodeJwt } from 'jose';
import { authorizationCodeGrant, useCodeIdTokenResponseType } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserAgent } from '../support/user-agent.ts';
import { checksOf, clientAssertion, type KeyClient, requestObject, sameKeyFor } from './fapi-client.ts';
import { send, type WrongRequest } from './fapi-variant.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';
import type { AuthorizationResponse, OpUnderTest } from './op-under-test.ts';

let mtls: MtlsOp;
let op: OpUnderTest;
let client: KeyClient;
let other: KeyClient;
let agent: UserAgent;
beforeAll(async () => {
  mtls = await startMtlsOp();
  ({ op } = mtls);
  const metadata = { response_types: ['code id_token'] };
  client = await mtls.register('fapi1-advanced', metadata);
  other = await mtls.register('fapi1-advanced', metadata);
  useCodeIdTokenResponseType(client.config);
  agent = op.browser();
});
afterAll(() => mtls.close());

interface Sending {
  wrong?: WrongRequest;
  /** Beside the request object, and instead of what stands there. */
  outside?: Record<string, string>;
  params?: Record<string, string | undefined>;
  change?: (request: string) => string;
}

const unchanged = (request: string) => request;

/** All that is signed stands beside it too, so that what is missing inside could be taken from there. */
function authorize({ wrong, outside = {}, params = {}, change = unchanged }: Sending = {}) {
  return op.authorize({
    client,
    agent,
    params: { response_type: 'code id_token', ...params },
    pack: async all => ({
      ...all,
      ...outside,
      request: change(await requestObject(op, client, all, wrong)),
    }),
  });
}

async function push({ wrong, change = unchanged }: Sending = {}) {
  const params = {
    client_id: client.id,
    response_type: 'code id_token',
    scope: 'openid',
    redirect_uri: 'https://rp.example/callback',
    nonce: 'nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  return send(op.metadata.pushed_authorization_request_endpoint, {
    request: change(await requestObject(op, client, params, wrong)),
    ...(await clientAssertion(op, client)),
  });
}

const redeem = (response: AuthorizationResponse, checks: Partial<ReturnType<typeof checksOf>> = {}) =>
  authorizationCodeGrant(client.config, response.url, { ...checksOf(response), ...checks });

/** In the answer to the client, which may be signed, or on a page of ours. */
function errorIn({ params, page }: AuthorizationResponse): unknown {
  const signed = params.get('response');
  if (signed !== null) return decodeJwt(signed)['error'];
  return params.get('error') ?? /invalid_request\w*/.exec(page.text)?.[0];
}

const seconds = () => Math.floor(Date.now() / 1000);
const minute = 60;
const notGood = 'invalid_request_object';
const incomplete = 'invalid_request';

function withBadSignature(request: string): string {
  const [header, payload, signature = ''] = request.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  return [header, payload, bytes.toString('base64url')].join('.');
}

/** `fapi1-advanced-final-ensure-…` */
const attacks: [string, string, () => Sending | Promise<Sending>][] = [
  [
    'signed-request-object-with-RS256-fails',
    notGood,
    async () => ({ wrong: { alg: 'RS256', key: await sameKeyFor('RS256', client) } }),
  ],
  ['request-object-signature-algorithm-is-not-none', notGood, () => ({ wrong: { alg: 'none' } })],
  ['request-object-with-invalid-signature-fails', notGood, () => ({ change: withBadSignature })],
  ['matching-key-in-authorization-request', notGood, () => ({ wrong: { key: other.keys.privateKey } })],
  [
    'expired-request-object-fails',
    notGood,
    () => ({ wrong: { claims: { nbf: seconds() - 20 * minute, exp: seconds() - 5 * minute } } }),
  ],
  [
    'request-object-with-nbf-over-60-fails',
    notGood,
    () => ({ wrong: { claims: { nbf: seconds() - 70 * minute } } }),
  ],
  ['request-object-with-exp-over-60-fails', notGood, () => ({ wrong: { lifetimeSeconds: 70 * minute } })],
  [
    'request-object-with-nbf-in-the-future-fails',
    notGood,
    () => ({ wrong: { claims: { nbf: seconds() + 10 * minute }, lifetimeSeconds: 30 * minute } }),
  ],
  ['request-object-of-another-issuer-fails', notGood, () => ({ wrong: { claims: { iss: other.id } } })],
  ['request-object-of-another-client-fails', notGood, () => ({ wrong: { claims: { client_id: other.id } } })],
  [
    'request-object-for-the-endpoint-fails (par-pushed-authorization-url-as-audience-in-request-object)',
    notGood,
    () => ({ wrong: { aud: `${op.issuer}/request` } }),
  ],
  [
    'request-object-containing-request_uri-fails',
    notGood,
    () => ({ wrong: { claims: { request_uri: 'urn:ietf:params:oauth:request_uri:x' } } }),
  ],
  ['request-object-without-redirect-uri-fails', incomplete, () => ({ wrong: { omit: 'redirect_uri' } })],
  ['request-object-without-nonce-fails', incomplete, () => ({ wrong: { omit: 'nonce' } })],
  ['request-object-without-scope-fails', incomplete, () => ({ wrong: { omit: 'scope' } })],
];

describe('FAPI 1.0 Advanced section 5.2.2: request objects, by value and pushed', () => {
  for (const [name, error, make] of attacks) {
    test(`fapi1-advanced-final-ensure-${name}`, async () => {
      const attack = await make();
      const response = await authorize(attack);
      expect(errorIn(response)).toBe(error);
      expect(response.params.has('code')).toBe(false);
      expect(response.params.has('id_token')).toBe(false);
      expect(await push(attack)).toMatchObject({ status: 400, error });
      expect((await authorize()).params.has('code')).toBe(true);
      expect(await push()).toMatchObject({ status: 201 });
    });
  }

  test('fapi1-advanced-final-ensure-response-mode-query: no code where everybody on the way could read it', async () => {
    for (const response_mode of ['query', 'query.jwt']) {
      const response = await authorize({ params: { response_mode } });
      expect(errorIn(response), response_mode).toBe('invalid_request');
      expect(response.url.searchParams.has('code')).toBe(false);
    }
  });

  test('fapi1-advanced-final-ensure-different-nonce-inside-and-outside-request-object, and other things: what is signed counts', async () => {
    const response = await authorize({
      outside: { nonce: 'another', scope: 'openid email', state: 'another' },
    });
    expect(response.params.get('state')).toBe(response.sent.state);
    const tokens = await redeem(response);
    expect(tokens.scope).toBe('openid');
  });

  test('fapi1-advanced-final-state-only-outside-request-object-not-used', async () => {
    const response = await authorize({ wrong: { omit: 'state' } });
    expect(response.params.has('code')).toBe(true);
    expect(response.params.has('state')).toBe(false);
    expect(decodeJwt(response.params.get('id_token') ?? '')).not.toHaveProperty('s_hash');
  });

  test('fapi1-advanced-final-ensure-request-object-with-multiple-aud-succeeds', async () => {
    const response = await authorize({ wrong: { claims: { aud: ['https://other.example', op.issuer] } } });
    expect(await redeem(response)).toHaveProperty('access_token');
  });

  test('fapi1-advanced-final-ensure-request-object-with-long-nonce, -with-long-state, -with-64-char-nonce-success', async () => {
    for (const params of [
      { nonce: 'n'.repeat(384) },
      { nonce: 'n'.repeat(64) },
      { state: 's'.repeat(1000) },
    ]) {
      // What is not signed is left out of the address: it has to be short enough for every browser.
      const response = await op.authorize({
        client,
        agent,
        params: { response_type: 'code id_token', ...params },
        pack: async all => ({
          client_id: client.id,
          response_type: 'code id_token',
          scope: 'openid',
          request: await requestObject(op, client, all),
        }),
      });
      const { nonce = response.sent.nonce, state = response.sent.state } = params as Record<string, string>;
      const tokens = await redeem(response, { expectedNonce: nonce, expectedState: state });
      expect(tokens.claims()?.nonce).toBe(nonce);
      expect(response.params.get('state')).toBe(state);
    }
  });
});
