import { expect, test } from 'vitest';
import { clientAssertion } from './fapi-client.ts';
import {
  authorize,
  type BoundClient,
  codeOf,
  type FapiVariant,
  redeem,
  redeemStolen,
  refresh,
  send,
  userinfo,
} from './fapi-variant.ts';
import { callback } from './op-under-test.ts';

const offline = { scope: 'openid offline_access', prompt: 'consent' };

/** What every FAPI profile asks of codes and tokens, as modules of its plan that begin with `prefix`. */
export function tokenModules(
  prefix: string,
  variant: () => FapiVariant,
  /** The same client without what its tokens are bound to, and with that of a thief. */
  unbound: () => Promise<BoundClient[]>,
): void {
  const invalid = { error: 'invalid_grant' };
  const dead = { status: 401 };

  test(`${prefix}-attempt-reuse-authorization-code-after-one-second: refused, and what it bought is worth nothing from then on`, async () => {
    const { client } = variant();
    const response = await authorize(variant(), { params: offline });
    const tokens = await redeem(client, response);
    expect(await userinfo(client, tokens.access_token)).toHaveProperty('sub');
    await expect(redeem(client, response)).rejects.toMatchObject(invalid);
    await expect(userinfo(client, tokens.access_token)).rejects.toMatchObject(dead);
    await expect(refresh(client, String(tokens.refresh_token))).rejects.toMatchObject(invalid);
  });

  test(`${prefix}-ensure-authorization-code-is-bound-to-client: and is not used up by another`, async () => {
    const { client, other } = variant();
    const response = await authorize(variant());
    await expect(redeemStolen(other, response)).rejects.toMatchObject(invalid);
    expect(await redeem(client, response)).toHaveProperty('access_token');
  });

  test(`${prefix}-ensure-client-id-in-token-endpoint: one client under the name of another`, async () => {
    const { op, client, other } = variant();
    const response = await authorize(variant());
    const redemption = {
      grant_type: 'authorization_code',
      code: codeOf(response),
      redirect_uri: callback,
      code_verifier: response.sent.verifier,
    };
    const endpoint = op.metadata.token_endpoint;
    const own = await clientAssertion(op, client);
    expect(await send(endpoint, { ...redemption, ...own, client_id: other.id })).toMatchObject({
      status: 400,
      error: 'invalid_request',
    });
    const pretending = await clientAssertion(op, client, { iss: other.id, sub: other.id });
    expect(await send(endpoint, { ...redemption, ...pretending })).toMatchObject({
      status: 401,
      error: 'invalid_client',
    });
    expect(await redeem(client, response)).toHaveProperty('access_token');
  });

  test(`${prefix}-ensure-holder-of-key-required: neither a code nor a token is worth anything without it`, async () => {
    const { client } = variant();
    const tokens = await redeem(client, await authorize(variant(), { params: offline }));
    const response = await authorize(variant());
    const [without, ...thieves] = await unbound();
    if (without === undefined) throw new Error('nobody is without it');
    await expect(redeem(without, response)).rejects.toMatchObject(invalid);
    for (const thief of [without, ...thieves]) {
      await expect(userinfo(thief, tokens.access_token)).rejects.toMatchObject(dead);
    }
    expect(await redeem(client, response)).toHaveProperty('access_token');
    expect(await userinfo(client, tokens.access_token)).toHaveProperty('sub');
  });

  test(`${prefix}-refresh-token: it is not rotated, and another client gets nothing for it`, async () => {
    const { client, other } = variant();
    const tokens = await redeem(client, await authorize(variant(), { params: offline }));
    const refreshToken = String(tokens.refresh_token);
    await expect(refresh(other, refreshToken)).rejects.toMatchObject(invalid);
    const next = await refresh(client, refreshToken);
    expect(next.refresh_token ?? refreshToken).toBe(refreshToken);
    expect(await userinfo(client, next.access_token)).toHaveProperty('sub');
  });
}
