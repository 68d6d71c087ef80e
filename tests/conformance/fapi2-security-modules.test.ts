import { createPublicKey } from 'node:crypto';
import {
  authorizationCodeGrant,
  fetchUserInfo,
  getDPoPHandle,
  randomDPoPKeyPair,
  skipSubjectCheck,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, createSelfSigned, derOf } from '../support/certificates.ts';
import { checksOf, pushed, registerFapi } from './fapi-client.ts';
import { pushedModules } from './fapi-pushed-modules.ts';
import { requestModules } from './fapi-request-modules.ts';
import { tokenModules } from './fapi-token-modules.ts';
import type { FapiVariant } from './fapi-variant.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';
import { showing } from './showing.ts';

const prefix = 'fapi2-security-profile-final';

let mtls: MtlsOp;
let byProof: FapiVariant;
let byCertificate: FapiVariant;
beforeAll(async () => {
  mtls = await startMtlsOp();
  const { op } = mtls;
  const shared = { op, params: {}, isSigned: false, agent: op.browser() };
  byProof = {
    ...shared,
    client: await registerFapi(op, 'fapi2-security'),
    other: await registerFapi(op, 'fapi2-security'),
  };
  const bound = { tls_client_certificate_bound_access_tokens: true };
  byCertificate = {
    ...shared,
    client: await mtls.register('fapi2-security', bound),
    other: await mtls.register('fapi2-security', bound),
  };
});
afterAll(() => mtls.close());

describe('FAPI 2.0 Security Profile · private_key_jwt and DPoP', () => {
  requestModules(prefix, () => byProof);
  pushedModules(prefix, () => byProof);
  tokenModules(
    prefix,
    () => byProof,
    async () => {
      const { DPoP: _, ...without } = byProof.client;
      const thief = getDPoPHandle(without.config, await randomDPoPKeyPair());
      return [without, { ...without, DPoP: thief }];
    },
  );
});

describe('FAPI 2.0 Security Profile · private_key_jwt and mutual TLS', () => {
  requestModules(prefix, () => byCertificate);
  pushedModules(prefix, () => byCertificate);
  tokenModules(
    prefix,
    () => byCertificate,
    async () => {
      const { client } = byCertificate;
      const thief = await mtls.authority.issue({ name: 'CN=bank' });
      const configs = await Promise.all(
        [undefined, thief].map(certificate => mtls.withCertificate(client, certificate)),
      );
      return configs.map(config => ({ ...client, config }));
    },
  );
});

test('fapi2-security-profile-final-happy-flow with client_auth_type mtls: the certificate says who asks, and tokens are bound to it', async () => {
  const { op, authority } = mtls;
  const certificate = await createSelfSigned('CN=bank');
  const jwk = { ...createPublicKey(certificate.cert).export({ format: 'jwk' }), x5c: [derOf(certificate)] };
  const client = await op.register({
    profile: 'fapi2-security',
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    tls_client_certificate_bound_access_tokens: true,
    jwks: { keys: [jwk] },
  });
  const showingIt = async (shown?: Certificate) => ({
    ...client,
    config: await showing({ op, ca: authority.ca }, client, shown),
  });
  const bank = await showingIt(certificate);
  const response = await op.authorize({ client, pack: params => pushed(bank, params) });
  for (const wrong of [await showingIt(), await showingIt(await createSelfSigned('CN=bank'))]) {
    await expect(op.authorize({ client, pack: params => pushed(wrong, params) })).rejects.toMatchObject({
      error: 'invalid_client',
    });
    await expect(
      authorizationCodeGrant(wrong.config, response.url, checksOf(response)),
    ).rejects.toMatchObject({ error: 'invalid_client' });
  }
  const tokens = await authorizationCodeGrant(bank.config, response.url, checksOf(response));
  expect(await fetchUserInfo(bank.config, tokens.access_token, skipSubjectCheck)).toHaveProperty('sub');
  const { config } = await showingIt();
  await expect(fetchUserInfo(config, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
    status: 401,
  });
});
