import type { webcrypto } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import {
  authorizationCodeGrant,
  buildAuthorizationUrlWithPAR,
  type DPoPHandle,
  getDPoPHandle,
  PrivateKeyJwt,
  randomDPoPKeyPair,
} from 'openid-client';
import type { AuthorizationResponse, OpUnderTest, TestClient } from './op-under-test.ts';

export interface FapiClient extends TestClient {
  keys: { publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey };
  DPoP: DPoPHandle;
}

/** Registered with one word, and with a key of its own, as everything else follows from the profile. */
export async function registerFapi(
  op: OpUnderTest,
  profile: string,
  metadata: Record<string, unknown> = {},
): Promise<FapiClient> {
  const keys = await generateKeyPair('PS256', { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'a', use: 'sig', alg: 'PS256' };
  const client = await op.register(
    { token_endpoint_auth_method: undefined, jwks: { keys: [jwk] }, profile, ...metadata },
    PrivateKeyJwt({ key: keys.privateKey, kid: 'a' }),
  );
  return { ...client, keys, DPoP: getDPoPHandle(client.config, await randomDPoPKeyPair()) };
}

/** Only where the request lies goes through the browser (RFC 9126). */
export async function pushed(
  client: TestClient,
  params: Record<string, string>,
): Promise<Record<string, string>> {
  const url = await buildAuthorizationUrlWithPAR(client.config, params);
  return Object.fromEntries(url.searchParams);
}

export function checksOf({ sent }: AuthorizationResponse, { nonce = true } = {}) {
  return {
    pkceCodeVerifier: sent.verifier,
    expectedState: sent.state,
    ...(nonce ? { expectedNonce: sent.nonce } : {}),
  };
}

export const redeem = (client: FapiClient, response: AuthorizationResponse, DPoP = client.DPoP) =>
  authorizationCodeGrant(client.config, response.url, checksOf(response), undefined, { DPoP });

/** Signed by the client as its profile asks: short, for us, not before now (FAPI 1.0 Advanced section 5.2.2). */
export async function requestObject(
  op: OpUnderTest,
  client: FapiClient,
  params: Record<string, string>,
  wrong: {
    alg?: string;
    lifetimeSeconds?: number;
    omit?: string;
    aud?: string;
    key?: webcrypto.CryptoKey;
  } = {},
): Promise<string> {
  const { alg = 'PS256', lifetimeSeconds = 300, omit, aud = op.issuer, key = client.keys.privateKey } = wrong;
  const now = Math.floor(Date.now() / 1000);
  const claims: Record<string, unknown> = {
    ...params,
    iss: client.id,
    aud,
    nbf: now,
    iat: now,
    exp: now + lifetimeSeconds,
  };
  if (omit !== undefined) delete claims[omit];
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'a', typ: 'oauth-authz-req+jwt' }).sign(key);
}
