import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { pushed } from './fapi-client.ts';
import { authorize, type FapiVariant, formOf, push, redeem, userinfo } from './fapi-variant.ts';
import { type AuthorizationResponse, callback } from './op-under-test.ts';

/** As the client reads it, whether it was signed or not. */
function read({ params }: AuthorizationResponse): Record<string, unknown> {
  const signed = params.get('response');
  return signed === null ? Object.fromEntries(params) : decodeJwt(signed);
}

/** What every FAPI profile lets a request say, as modules of its plan that begin with `prefix`. */
export function requestModules(prefix: string, variant: () => FapiVariant): void {
  test(`${prefix}-ensure-authorization-request-without-state-success`, async () => {
    const response = await authorize(variant(), { params: { state: undefined } });
    expect(read(response)).toHaveProperty('code');
    expect(read(response)).not.toHaveProperty('state');
  });

  test(`${prefix}-ensure-authorization-request-with-long-state, …-with-long-nonce, …-with-64-char-nonce-success: as they were`, async () => {
    for (const [name, value] of [
      ['state', 's'.repeat(1000)],
      ['nonce', 'n'.repeat(384)],
      ['nonce', 'n'.repeat(64)],
    ] as const) {
      const response = await authorize(variant(), { params: { [name]: value } });
      if (name === 'state') expect(read(response)['state']).toBe(value);
      const { sent } = response;
      const tokens = await redeem(variant().client, { ...response, sent: { ...sent, [name]: value } });
      if (name === 'nonce') expect(tokens.claims()?.nonce).toBe(value);
    }
  });

  test(`${prefix}-ensure-other-scope-order-succeeds`, async () => {
    const { op, client } = variant();
    const response = await authorize(variant(), { params: { scope: 'email openid' } });
    const tokens = await redeem(client, response);
    expect(await userinfo(client, tokens.access_token)).toMatchObject({ email: op.person.email });
  });

  test(`${prefix}-state-only-outside-request-object-not-used, ${prefix}-ensure-different-nonce-inside-and-outside-request-object: what was pushed counts`, async () => {
    const { client } = variant();
    const pack = async (params: Record<string, string>) => ({
      ...(await pushed(client, await formOf(variant(), client, params))),
      nonce: 'outside',
      scope: 'openid email',
      redirect_uri: 'https://rp.example/callback2',
      state: 'outside',
    });
    const response = await authorize(variant(), { pack, params: { state: undefined } });
    expect(read(response)).not.toHaveProperty('state');
    const again = await authorize(variant(), { pack });
    expect(read(again)['state']).toBe(again.sent.state);
    expect((await redeem(variant().client, again)).scope).toBe('openid');
  });

  test(`${prefix}-ensure-response-type-token-fails: nor any other that is not registered`, async () => {
    const { client, params } = variant();
    const asked = {
      client_id: client.id,
      scope: 'openid',
      redirect_uri: callback,
      nonce: 'nonce',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      response_type: 'code',
      ...params,
    };
    for (const response_type of ['token', 'id_token', 'id_token token', 'code token', 'none']) {
      const answer = await push(variant(), { ...asked, response_type });
      expect([response_type, answer.status]).toEqual([response_type, 400]);
      expect(answer.error).toMatch(/^(invalid_request|unsupported_response_type)$/);
    }
    expect((await push(variant(), asked)).status).toBe(201);
  });
}
