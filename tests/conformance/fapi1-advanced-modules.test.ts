import { useCodeIdTokenResponseType, useJwtResponseMode } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pushedModules } from './fapi-pushed-modules.ts';
import { requestModules } from './fapi-request-modules.ts';
import { tokenModules } from './fapi-token-modules.ts';
import { type BoundClient, type FapiVariant, formOf, push } from './fapi-variant.ts';
import { type MtlsOp, startMtlsOp } from './mtls-op.ts';
import { callback } from './op-under-test.ts';

const prefix = 'fapi1-advanced-final';

let mtls: MtlsOp;
let hybrid: FapiVariant;
let jarm: FapiVariant;
beforeAll(async () => {
  mtls = await startMtlsOp();
  const { op } = mtls;
  const agent = op.browser();
  // By themselves these clients may leave PKCE out: FAPI 1.0 Advanced asks for it where a request is pushed.
  const code = { require_pkce: false };
  const codeIdToken = { ...code, response_types: ['code id_token'] };
  const shared = { op, isSigned: true, agent };
  hybrid = {
    ...shared,
    params: { response_type: 'code id_token' },
    client: await mtls.register('fapi1-advanced', codeIdToken),
    other: await mtls.register('fapi1-advanced', codeIdToken),
  };
  jarm = {
    ...shared,
    params: { response_mode: 'jwt' },
    client: await mtls.register('fapi1-advanced', code),
    other: await mtls.register('fapi1-advanced', code),
  };
  for (const { config } of [hybrid.client, hybrid.other]) useCodeIdTokenResponseType(config);
  for (const { config } of [jarm.client, jarm.other]) useJwtResponseMode(config);
});
afterAll(() => mtls.close());

/** The client without a certificate, and with one of the same name that somebody else has. */
async function unbound({ client }: FapiVariant, use: (config: BoundClient['config']) => void) {
  const thief = await mtls.authority.issue({ name: 'CN=bank' });
  return Promise.all(
    [undefined, thief].map(async certificate => {
      const config = await mtls.withCertificate(client, certificate);
      use(config);
      return { ...client, config };
    }),
  );
}

describe('FAPI 1.0 Advanced · pushed, code id_token', () => {
  requestModules(prefix, () => hybrid);
  pushedModules(prefix, () => hybrid);
  tokenModules(
    prefix,
    () => hybrid,
    () => unbound(hybrid, useCodeIdTokenResponseType),
  );
});

describe('FAPI 1.0 Advanced · pushed, code in a signed answer', () => {
  requestModules(prefix, () => jarm);
  pushedModules(prefix, () => jarm);
  tokenModules(
    prefix,
    () => jarm,
    () => unbound(jarm, useJwtResponseMode),
  );
});

describe('FAPI 1.0 Advanced section 5.2.2 number 18', () => {
  test('the same client without PKCE: taken by value, refused where it is pushed', async () => {
    const { op, client } = hybrid;
    const params = { code_challenge: undefined, code_challenge_method: undefined, ...hybrid.params };
    const byValue = await op.authorize({
      client,
      agent: hybrid.agent,
      params,
      pack: async all => ({
        client_id: client.id,
        response_type: 'code id_token',
        scope: 'openid',
        ...(await formOf(hybrid, client, all)),
      }),
    });
    expect(byValue.params.has('code')).toBe(true);
    const request = {
      client_id: client.id,
      response_type: 'code id_token',
      scope: 'openid',
      redirect_uri: callback,
      nonce: 'nonce',
    };
    expect(await push(hybrid, request)).toMatchObject({ status: 400, error: 'invalid_request' });
    const challenge = {
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    };
    expect(await push(hybrid, { ...request, ...challenge })).toMatchObject({ status: 201 });
  });
});
