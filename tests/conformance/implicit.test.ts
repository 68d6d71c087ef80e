import { implicitAuthentication, useIdTokenResponseType } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareCoreModules } from './core-modules.ts';
import { authorizeWith } from './front-channel-tokens.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';

let op: OpUnderTest;
beforeAll(async () => {
  op = await startOp();
});
afterAll(() => op.close());

for (const responseType of ['id_token', 'id_token token']) {
  declareCoreModules('Implicit', { responseType }, () => op);
}

describe('OpenID Connect Core 1.0 · Implicit', () => {
  for (const responseType of ['id_token', 'id_token token']) {
    test(`tokens never come in a query, where they end up in logs (${responseType})`, async () => {
      const { response } = await authorizeWith(op, responseType, { params: { response_mode: 'query' } });
      expect(response.params.get('error')).toBe('invalid_request');
      expect(response.url.search).not.toContain('token=');
    });
  }

  test('oidcc-server (id_token): openid-client takes it; where no access token follows, the claims are in the ID token', async () => {
    const { client, response } = await authorizeWith(op, 'id_token');
    useIdTokenResponseType(client.config);
    const claims = await implicitAuthentication(client.config, response.url, response.sent.nonce, {
      expectedState: response.sent.state,
    });
    expect(claims['email']).toBe(op.person.email);
  });

  test('a client that did not register for tokens in the front channel gets none', async () => {
    const client = await op.register();
    for (const response_type of ['id_token', 'id_token token', 'token', 'code id_token']) {
      const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined };
      const { params } = await op.authorize({
        client,
        params: { response_type, ...(response_type.includes('code') ? {} : withoutPkce) },
      });
      expect(params.has('id_token') || params.has('access_token')).toBe(false);
      expect(params.get('error'), `${response_type}: ${params.get('error_description')}`).toMatch(
        /^(invalid_request|unauthorized_client|unsupported_response_type)$/,
      );
    }
    expect((await op.authorize({ client })).params.has('code')).toBe(true);
  });
});
