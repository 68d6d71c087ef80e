import { afterEach, expect, test, vi } from 'vitest';
import { declining } from './declining.ts';
import { clientAssertion, pushed, sameKeyFor } from './fapi-client.ts';
import {
  authorize,
  codeOf,
  type FapiVariant,
  formOf,
  push,
  redeem,
  send,
  userinfo,
  wrongAssertions,
} from './fapi-variant.ts';
import { callback } from './op-under-test.ts';

const request = {
  response_type: 'code',
  scope: 'openid',
  redirect_uri: callback,
  nonce: 'nonce',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
};

/** What every FAPI profile asks of requests that are pushed, as modules of its plan that begin with `prefix`. */
export function pushedModules(prefix: string, variant: () => FapiVariant): void {
  afterEach(() => vi.useRealTimers());

  const asked = (more: Record<string, string> = {}) => ({
    client_id: variant().client.id,
    ...request,
    ...variant().params,
    ...more,
  });

  test(`${prefix}-user-rejects-authentication: the app is told, and there is no code`, async () => {
    const { op } = variant();
    const response = await authorize(variant(), { agent: declining(op), params: { prompt: 'consent' } });
    await expect(redeem(variant().client, response)).rejects.toMatchObject({ error: 'access_denied' });
    expect(response.params.has('code')).toBe(false);
    expect(response.params.has('id_token')).toBe(false);
    expect(await redeem(variant().client, await authorize(variant()))).toHaveProperty('access_token');
  });

  test(`${prefix}-par-attempt-reuse-request_uri, ${prefix}-par-without-duplicate-parameters: good once, with nothing beside it`, async () => {
    const { client } = variant();
    let packed: Record<string, string> = {};
    const pack = async (params: Record<string, string>) =>
      (packed = await pushed(client, await formOf(variant(), client, params)));
    const first = await authorize(variant(), { pack });
    expect(Object.keys(packed).toSorted()).toEqual(['client_id', 'request_uri']);
    expect(await redeem(client, first)).toHaveProperty('access_token');
    const again = await authorize(variant(), { pack: () => Promise.resolve(packed) });
    expect(again.page.text).toContain('invalid_request_uri');
    expect(again.mode).toBeUndefined();
  });

  test(`${prefix}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: who reloads the page goes on`, async () => {
    const { op, client } = variant();
    const agent = op.browser();
    const pack = async (params: Record<string, string>) => {
      const packed = await pushed(client, await formOf(variant(), client, params));
      await agent.open(`${op.issuer}/auth?${new URLSearchParams(packed).toString()}`);
      return packed;
    };
    expect(await redeem(client, await authorize(variant(), { agent, pack }))).toHaveProperty('access_token');
  });

  test(`${prefix}-par-attempt-to-use-expired-request_uri`, async () => {
    const { client } = variant();
    const pack = async (params: Record<string, string>) => {
      const packed = await pushed(client, await formOf(variant(), client, params));
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 90_000 });
      return packed;
    };
    const late = await authorize(variant(), { pack });
    expect(late.page.text).toContain('invalid_request_uri');
    expect(late.mode).toBeUndefined();
  });

  test(`${prefix}-par-attempt-to-use-request_uri-for-different-client: refused, and still good for its own`, async () => {
    const { client, other } = variant();
    let packed: Record<string, string> = {};
    const pack = async (params: Record<string, string>) => {
      packed = await pushed(client, await formOf(variant(), client, { ...params, client_id: client.id }));
      return { ...packed, client_id: other.id };
    };
    const stolen = await authorize(variant(), { by: other, pack });
    expect(stolen.page.status).toBe(400);
    expect(stolen.mode).toBeUndefined();
    const own = await authorize(variant(), { pack: () => Promise.resolve(packed) });
    expect(own.mode).toBeDefined();
    expect(own.params.has('error')).toBe(false);
  });

  test(`${prefix}-par-authorization-request-containing-request_uri-form-param: none can hold another`, async () => {
    const { op, client } = variant();
    const good = await push(variant(), asked());
    expect(good.status).toBe(201);
    const inForm = await send(op.metadata.pushed_authorization_request_endpoint, {
      ...(await formOf(variant(), client, asked())),
      ...(await clientAssertion(op, client)),
      request_uri: good.request_uri ?? '',
    });
    expect(inForm.status).toBe(400);
    expect((await push(variant(), asked({ request_uri: good.request_uri ?? '' }))).status).toBe(400);
  });

  test(`${prefix}-par-attempt-invalid-redirect_uri, and ${prefix}-par-attempt-invalid-http-method`, async () => {
    const { op, client } = variant();
    for (const redirect_uri of ['https://rp.example/callback2', 'https://evil.example/callback']) {
      expect(await push(variant(), asked({ redirect_uri }))).toMatchObject({
        status: 400,
        error: 'invalid_request',
      });
    }
    const form = async () => ({
      ...(await formOf(variant(), client, asked())),
      ...(await clientAssertion(op, client)),
    });
    const endpoint = op.metadata.pushed_authorization_request_endpoint;
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      expect((await send(endpoint, await form(), method)).status, method).toBe(404);
    }
    expect((await send(endpoint, await form())).status).toBe(201);
  });

  test(`${prefix}-par-ensure-pkce-required, ${prefix}-par-plain-pkce-rejected`, async () => {
    const { code_challenge: _, code_challenge_method: __, ...without } = asked();
    for (const wrong of [without, asked({ code_challenge_method: 'plain' })]) {
      expect(await push(variant(), wrong)).toMatchObject({ status: 400, error: 'invalid_request' });
    }
    expect((await push(variant(), asked())).status).toBe(201);
  });

  test(`${prefix}-ensure-pkce-code-verifier-required, ${prefix}-incorrect-pkce-code-verifier-rejected`, async () => {
    const { client } = variant();
    const response = await authorize(variant());
    for (const verifier of [null, 'a'.repeat(43)]) {
      await expect(redeem(client, response, verifier)).rejects.toMatchObject({ error: 'invalid_grant' });
    }
    const tokens = await redeem(client, response);
    expect(await userinfo(client, tokens.access_token)).toHaveProperty('sub');
  });

  test(`${prefix}-ensure-invalid-client-assertions-fail: where one pushes, and where one redeems`, async () => {
    const { op, client } = variant();
    const response = await authorize(variant());
    const redemption = { grant_type: 'authorization_code', code: codeOf(response), redirect_uri: callback };
    const { client_id: _, ...unnamed } = asked();
    for (const [name, make] of wrongAssertions(variant(), await sameKeyFor('RS256', client))) {
      const refused = { status: 401, error: 'invalid_client' };
      expect(await push(variant(), unnamed, await make()), name).toMatchObject(refused);
      expect(
        await send(op.metadata.token_endpoint, { ...redemption, ...(await make()) }),
        name,
      ).toMatchObject(refused);
    }
    // Clocks differ (…-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted).
    const early = Math.floor(Date.now() / 1000) + 8;
    const once = await clientAssertion(op, client, { nbf: early, iat: early });
    expect((await push(variant(), asked(), once)).status).toBe(201);
    expect((await push(variant(), asked(), once)).status).toBe(401);
    expect(await redeem(client, response)).toHaveProperty('access_token');
  });
}
