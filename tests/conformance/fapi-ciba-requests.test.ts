import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { UserAgent } from '../support/user-agent.ts';
import { askSigned, countRequests, decide, grantType, kiosk, poll, signedRequest } from './ciba-client.ts';
import {
  clientAssertion,
  type FapiClient,
  registerFapi,
  type requestObject,
  sameKeyFor,
} from './fapi-client.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
/** Of the person who is asked, signed in at the first question. */
let agent: UserAgent;
let bank: FapiClient;
let other: FapiClient;
beforeAll(async () => {
  op = await startOp();
  agent = op.browser();
  const metadata = { ...kiosk, backchannel_token_delivery_mode: 'poll' };
  bank = await registerFapi(op, 'fapi2-security', metadata);
  other = await registerFapi(op, 'fapi2-security', metadata);
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

type Wrong = NonNullable<Parameters<typeof requestObject>[3]>;
const seconds = () => Math.floor(Date.now() / 1000);
const minute = 60;
const evil = 'https://evil.example';

/** `fapi-ciba-id1-ensure-request-object-…-fails` */
const requestObjects: [string, () => Wrong | Promise<Wrong>][] = [
  ['bad-aud', () => ({ aud: evil })],
  ['bad-iss', () => ({ claims: { iss: evil } })],
  ['expired-exp', () => ({ claims: { nbf: seconds() - 20 * minute, exp: seconds() - 5 * minute } })],
  ['exp-is-70-minutes-in-future', () => ({ lifetimeSeconds: 70 * minute })],
  [
    'nbf-is-10-minutes-in-future',
    () => ({ claims: { nbf: seconds() + 10 * minute }, lifetimeSeconds: 1800 }),
  ],
  ['nbf-is-70-minutes-in-past', () => ({ claims: { nbf: seconds() - 70 * minute } })],
  ['signature-algorithm-is-none', () => ({ alg: 'none' })],
  ['signature-algorithm-is-RS256', async () => ({ alg: 'RS256', key: await sameKeyFor('RS256', bank) })],
  ['signed-by-other-client', () => ({ key: other.keys.privateKey })],
  ['is-of-another-client', () => ({ key: other.keys.privateKey, claims: { iss: other.id } })],
];

describe('FAPI-CIBA: a request that is not signed as it has to be asks nobody', () => {
  for (const [name, make] of requestObjects) {
    test(`fapi-ciba-id1-ensure-request-object-${name}-fails`, async () => {
      const before = await countRequests(op);
      await expect(askSigned(op, bank, {}, await make())).rejects.toMatchObject({ error: 'invalid_request' });
      expect(await countRequests(op)).toBe(before);
      expect(await askSigned(op, bank)).toHaveProperty('auth_req_id');
      expect(await countRequests(op)).toBe(before + 1);
    });
  }

  test('fapi-ciba-id1-ensure-request-object-signature-algorithm-is-bad-fails: a signature that was changed', async () => {
    const [header, payload, signature = ''] = (await signedRequest(op, bank)).split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
    const changed = `${header}.${payload}.${bytes.toString('base64url')}`;
    expect(await ask({ request: changed })).toMatchObject({ status: 400, error: 'invalid_request' });
    const right = `${header}.${payload}.${signature}`;
    expect(await ask({ request: right })).toMatchObject({ status: 200 });
  });

  test('what is beside the request object does not count', async () => {
    const request = await signedRequest(op, bank, { binding_message: 'TABLE-7' });
    expect(await ask({ request, binding_message: 'OTHER', login_hint: 'eve@example.com' })).toMatchObject({
      status: 200,
    });
    expect((await decide(op, 'approved', agent)).text).toContain('It is approved');
  });
});

/** By hand: at the backchannel endpoint, with an assertion that may be wrong. */
async function ask(params: Record<string, string>, assertion?: Record<string, string>) {
  return send(String(op.metadata['backchannel_authentication_endpoint']), {
    ...(assertion ?? (await clientAssertion(op, bank))),
    ...params,
  });
}

async function send(url: string, params: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(params) });
  return {
    status: response.status,
    ...((await response.json()) as { error?: string; auth_req_id?: string }),
  };
}

/** `fapi-ciba-id1-ensure-invalid-client-assertions-…-fail` */
const assertions: [string, () => Promise<Record<string, string>>][] = [
  [
    'signature algorithm RS256',
    async () => clientAssertion(op, bank, {}, { alg: 'RS256', key: await sameKeyFor('RS256', bank) }),
  ],
  ['signed by another client', () => clientAssertion(op, bank, {}, { key: other.keys.privateKey })],
  ['expired five minutes ago', () => clientAssertion(op, bank, { exp: seconds() - 5 * minute })],
  ['for somebody else', () => clientAssertion(op, bank, { aud: evil })],
  ['for the endpoint and not for us', () => clientAssertion(op, bank, { aud: `${op.issuer}/backchannel` })],
  ['of another issuer', () => clientAssertion(op, bank, { iss: evil })],
  ['without sub', () => clientAssertion(op, bank, { sub: undefined })],
  ['of another subject', () => clientAssertion(op, bank, { sub: other.id })],
  ['none at all', () => Promise.resolve({ client_id: bank.id })],
];

describe('fapi-ciba-id1-ensure-invalid-client-assertions-in-backchannel-authorization-request-fail', () => {
  for (const [name, make] of assertions) {
    test(`${name}: nobody is asked, and nothing is given at the token endpoint either`, async () => {
      const before = await countRequests(op);
      const request = await signedRequest(op, bank);
      expect(await ask({ request }, await make())).toMatchObject({ status: 401, error: 'invalid_client' });
      expect(await countRequests(op)).toBe(before);
      const { auth_req_id = '' } = await ask({ request });
      await decide(op, 'approved', agent);
      const polled = { grant_type: grantType, auth_req_id };
      expect(await send(String(op.metadata.token_endpoint), { ...polled, ...(await make()) })).toMatchObject({
        status: 401,
        error: 'invalid_client',
      });
      expect(await poll(bank, auth_req_id)).toHaveProperty('access_token');
    });
  }
});

describe('FAPI-CIBA: asking for the tokens', () => {
  test('fapi-ciba-id1-user-rejects-authentication', async () => {
    const { auth_req_id } = await askSigned(op, bank);
    expect((await decide(op, 'denied', agent)).text).toContain('Nothing was approved');
    await expect(poll(bank, auth_req_id)).rejects.toMatchObject({ error: 'access_denied' });
    await expect(poll(bank, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('fapi-ciba-id1-multiple-call-to-token-endpoint: pending as often as one asks, and then tokens once', async () => {
    const { auth_req_id } = await askSigned(op, bank);
    for (let i = 0; i < 5; i += 1) {
      await expect(poll(bank, auth_req_id)).rejects.toMatchObject({ error: 'authorization_pending' });
    }
    await decide(op, 'approved', agent);
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => poll(bank, auth_req_id)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(poll(bank, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  test('fapi-ciba-id1-auth-req-id-expired, fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds', async () => {
    const asked = await askSigned(op, bank, { requested_expiry: '30' });
    expect(asked.expires_in).toBe(30);
    await decide(op, 'approved', agent);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 38_000 });
    await expect(poll(bank, asked.auth_req_id)).rejects.toMatchObject({ error: 'expired_token' });
  });

  test('fapi-ciba-id1-ensure-wrong-authentication-request-id-in-token-endpoint-request: of another client, or made up', async () => {
    const { auth_req_id } = await askSigned(op, bank);
    await decide(op, 'approved', agent);
    await expect(poll(other, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(poll(bank, `${auth_req_id}x`)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await poll(bank, auth_req_id)).toHaveProperty('access_token');
  });

  test('there are no bearer tokens: without a proof none are given, and the request is not used up', async () => {
    const { auth_req_id } = await askSigned(op, bank);
    await decide(op, 'approved', agent);
    await expect(poll({ config: bank.config }, auth_req_id)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await poll(bank, auth_req_id)).token_type).toBe('dpop');
  });
});
