import { getDPoPHandle, randomDPoPKeyPair } from 'openid-client';
import { afterAll, beforeAll, describe } from 'vitest';
import { registerFapi } from './fapi-client.ts';
import { pushedModules } from './fapi-pushed-modules.ts';
import { requestModules } from './fapi-request-modules.ts';
import { tokenModules } from './fapi-token-modules.ts';
import type { FapiVariant } from './fapi-variant.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';

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
