import { decodeJwt, decodeProtectedHeader } from 'jose';
import { fetchUserInfo, initiateBackchannelAuthentication, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';
import { askSigned, countRequests, decide, kiosk, poll } from './ciba-client.ts';
import { type KeyClient, sameKeyFor } from './fapi-client.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';
import type { OpUnderTest } from './op-under-test.ts';

let rp: RpServer;
let mtls: MtlsOp;
let op: OpUnderTest;
/** Of the person who is asked, signed in at the first question. */
let agent: UserAgent;
/** Its tokens are bound to the certificate it shows, and it has no key for proofs. */
let polling: KeyClient;
let pinged: KeyClient;
beforeAll(async () => {
  rp = await startRpServer();
  mtls = await startMtlsOp(rp.environment);
  ({ op } = mtls);
  agent = op.browser();
  polling = await register({ backchannel_token_delivery_mode: 'poll' });
  pinged = await register({
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: `${rp.url}/ping`,
  });
});
afterAll(async () => {
  await mtls.close();
  rp.close();
});
beforeEach(() => {
  rp.received.length = 0;
  rp.documents.set('/ping', () => ({ status: 204 }));
});

const register = (metadata: Record<string, unknown>) =>
  mtls.register('fapi1-advanced', { ...kiosk, ...metadata });

const token = { client_notification_token: 'notify-me-0123456789' };
const modes: [string, () => KeyClient, Record<string, string>][] = [
  ['poll', () => polling, {}],
  ['ping', () => pinged, token],
];

for (const [mode, clientOf, more] of modes) {
  describe(`FAPI-CIBA with fapi1-advanced and mutual TLS · ${mode}`, () => {
    const ask = (wrong?: Parameters<typeof askSigned>[3]) =>
      askSigned(op, clientOf(), { scope: 'openid email', ...more }, wrong);
    const told = () => rp.received.map(({ body }) => JSON.parse(body) as unknown);

    test('fapi-ciba-id1: signed, approved, and the tokens are worth something with the certificate only', async () => {
      const client = clientOf();
      const { auth_req_id } = await ask();
      await expect(poll(client, auth_req_id)).rejects.toMatchObject({ error: 'authorization_pending' });
      await decide(op, 'approved', agent);
      if (mode === 'ping') await until('it is told', () => told().length > 0);
      expect(told()).toEqual(mode === 'ping' ? [{ auth_req_id }] : []);
      const tokens = await poll(client, auth_req_id);
      expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('PS256');
      expect(decodeJwt(tokens.id_token ?? '')).toMatchObject({ iss: op.issuer, aud: client.id });
      expect(await fetchUserInfo(client.config, tokens.access_token, skipSubjectCheck)).toMatchObject({
        email: op.person.email,
      });
      const thief = await mtls.authority.issue({ name: 'CN=bank' });
      for (const certificate of [thief, undefined]) {
        const config = await mtls.withCertificate(client, certificate);
        await expect(fetchUserInfo(config, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
          status: 401,
        });
      }
      await expect(poll(client, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
    });

    test('fapi-ciba-id1-user-rejects-authentication', async () => {
      const { auth_req_id } = await ask();
      await decide(op, 'denied', agent);
      if (mode === 'ping') await until('it is told', () => told().length > 0);
      await expect(poll(clientOf(), auth_req_id)).rejects.toMatchObject({ error: 'access_denied' });
    });

    test('fapi-ciba-id1-ensure-mtls-holder-of-key-required: without a certificate no token, and nothing is used up', async () => {
      const { auth_req_id } = await ask();
      await decide(op, 'approved', agent);
      const config = await mtls.withCertificate(clientOf(), undefined);
      await expect(poll({ config }, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
      expect(await poll(clientOf(), auth_req_id)).toHaveProperty('access_token');
    });

    test('fapi-ciba-id1-ensure-backchannel-authorization-request-without-request-fails, nor one that is signed wrongly', async () => {
      const before = await countRequests(op);
      const { config } = clientOf();
      const plain = { scope: 'openid', login_hint: op.person.email, ...more };
      await expect(initiateBackchannelAuthentication(config, plain)).rejects.toMatchObject({
        error: 'invalid_request',
      });
      const now = Math.floor(Date.now() / 1000);
      const key = await sameKeyFor('RS256', clientOf());
      for (const wrong of [
        { aud: 'https://evil.example' },
        { claims: { iss: 'https://evil.example' } },
        { claims: { nbf: now - 600, exp: now - 300 } },
        { claims: { nbf: now + 600 }, lifetimeSeconds: 1800 },
        { claims: { nbf: now - 4200 } },
        { alg: 'none' },
        { alg: 'RS256', key },
        { key: (mode === 'poll' ? pinged : polling).keys.privateKey },
      ]) {
        await expect(ask(wrong), JSON.stringify(wrong)).rejects.toMatchObject({ error: 'invalid_request' });
      }
      expect(await countRequests(op)).toBe(before);
      expect(await ask()).toHaveProperty('auth_req_id');
    });
  });
}

describe('FAPI-CIBA: whoever is told is told what is its own', () => {
  test('section 7.1: without a token to be told with, or with one that is no bearer token, nobody is asked', async () => {
    const before = await countRequests(op);
    for (const wrong of [
      {},
      { client_notification_token: 'a b' },
      { client_notification_token: 'x'.repeat(1025) },
    ]) {
      await expect(askSigned(op, pinged, wrong)).rejects.toMatchObject({
        error: 'invalid_request',
      });
    }
    expect(await countRequests(op)).toBe(before);
    expect(await askSigned(op, pinged, token)).toHaveProperty('auth_req_id');
  });

  test('fapi-ciba-id1-ensure-wrong-authentication-request-id-in-token-endpoint-request: of another client', async () => {
    const { auth_req_id } = await askSigned(op, pinged, token);
    await decide(op, 'approved', agent);
    await expect(poll(polling, auth_req_id)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await poll(pinged, auth_req_id)).toHaveProperty('access_token');
  });
});
