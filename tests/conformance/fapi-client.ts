import { randomUUID, type webcrypto } from 'node:crypto';
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT, UnsecuredJWT } from 'jose';
import {
  authorizationCodeGrant,
  buildAuthorizationUrlWithPAR,
  type DPoPHandle,
  getDPoPHandle,
  PrivateKeyJwt,
  randomDPoPKeyPair,
} from 'openid-client';
import type { AuthorizationResponse, OpUnderTest, TestClient } from './op-under-test.ts';

export interface KeyClient extends TestClient {
  keys: { publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey };
}

export interface FapiClient extends KeyClient {
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
  client: KeyClient,
  params: Record<string, string>,
  wrong: {
    alg?: string;
    lifetimeSeconds?: number;
    omit?: string;
    aud?: string;
    key?: webcrypto.CryptoKey;
    /** Beside the others, or instead of them. */
    claims?: Record<string, unknown>;
  } = {},
): Promise<string> {
  const {
    alg = 'PS256',
    lifetimeSeconds = 300,
    omit,
    aud = op.issuer,
    key = client.keys.privateKey,
    claims: more = {},
  } = wrong;
  const now = Math.floor(Date.now() / 1000);
  const claims: Record<string, unknown> = {
    ...params,
    iss: client.id,
    aud,
    nbf: now,
    iat: now,
    exp: now + lifetimeSeconds,
    ...more,
  };
  if (omit !== undefined) delete claims[omit];
  if (alg === 'none') return new UnsecuredJWT(claims).encode();
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'a', typ: 'oauth-authz-req+jwt' }).sign(key);
}

/** The client's key, which its owner now says is for another algorithm. */
export async function sameKeyFor(alg: string, client: KeyClient): Promise<webcrypto.CryptoKey> {
  return importPKCS8(await exportPKCS8(client.keys.privateKey), alg);
}

/** How a client with a key says who it is (OpenID Connect Core 1.0 section 9). A claim that is undefined is left out. */
export async function clientAssertion(
  op: OpUnderTest,
  client: KeyClient,
  claims: Record<string, unknown> = {},
  { alg = 'PS256', key = client.keys.privateKey } = {},
): Promise<Record<string, string>> {
  const now = Math.floor(Date.now() / 1000);
  const all = { iss: client.id, sub: client.id, aud: op.issuer, jti: randomUUID(), iat: now, exp: now + 60 };
  return {
    client_assertion: await new SignJWT({ ...all, ...claims })
      .setProtectedHeader({ alg, kid: 'a' })
      .sign(key),
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  };
}
