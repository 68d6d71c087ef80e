import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { authorizationCodeGrant, fetchUserInfo, type TokenEndpointResponse } from 'openid-client';
import type { UserAgent } from '../support/user-agent.ts';
import { checksOf } from './fapi-client.ts';
import {
  type Authorization,
  type AuthorizationResponse,
  callback,
  type OpUnderTest,
  type TestClient,
} from './op-under-test.ts';

export const allScopes = 'openid profile email address phone';

/** How answers come. The certification plans repeat the same modules for each. */
export interface Variant {
  responseType: string;
  responseMode?: 'form_post';
}

export interface Received {
  /** Of the ID token, wherever it came. */
  claims: JWTPayload & { sub: string };
  idToken: string;
  /** Undefined where the ID token is all there is. */
  accessToken: string | undefined;
  tokens: TokenEndpointResponse | undefined;
}

type Ask = Omit<Authorization, 'client'> & { client?: TestClient };

/** A client registered for one variant, and a browser that is signed in and was asked for every scope already. */
export interface VariantUnderTest {
  op: OpUnderTest;
  variant: Variant;
  client: TestClient;
  /** As the registered client and in the signed-in browser, unless told otherwise. */
  ask: (options?: Ask) => Promise<AuthorizationResponse>;
  redeem: (
    response: AuthorizationResponse,
    by?: TestClient,
    expected?: { nonce: boolean },
  ) => ReturnType<typeof authorizationCodeGrant>;
  /** Everything that an answer without an error brings, redeemed and verified. @throws Error with the error it has */
  receive: (response: AuthorizationResponse, by?: TestClient) => Promise<Received>;
  /** The claims about the person: from userinfo, or the ID token where nothing else is there. */
  released: (received: Received) => Promise<Record<string, unknown>>;
  /** Signed with the key that the client registered. */
  requestObject: (claims: Record<string, string>) => Promise<string>;
}

export const has = ({ responseType }: Variant, part: 'code' | 'id_token' | 'token') =>
  responseType.split(' ').includes(part);

export const titleOf = ({ responseType, responseMode }: Variant) =>
  responseMode === undefined ? responseType : `${responseType}, ${responseMode}`;

export function modeOf({ responseType, responseMode }: Variant): AuthorizationResponse['mode'] {
  return responseMode ?? (responseType === 'code' ? 'query' : 'fragment');
}

export function registrationFor({ responseType }: Variant): Record<string, unknown> {
  const parts = responseType.split(' ');
  return {
    response_types: [responseType],
    grant_types: [
      ...(parts.includes('code') ? ['authorization_code', 'refresh_token'] : []),
      ...(parts.some(part => part !== 'code') ? ['implicit'] : []),
    ],
  };
}

/** Claims of an ID token that are about the sign-in and not about the person. */
const protocolClaims = new Set(
  'iss aud exp iat nonce sid auth_time at_hash c_hash s_hash acr amr'.split(' '),
);

export async function startVariant(op: OpUnderTest, variant: Variant): Promise<VariantUnderTest> {
  const keys = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'a', use: 'sig', alg: 'ES256' };
  const client = await op.register({ ...registrationFor(variant), jwks: { keys: [jwk] } });
  const agent = op.browser();
  const withoutCode = { code_challenge: undefined, code_challenge_method: undefined };

  const ask: VariantUnderTest['ask'] = ({ params, ...rest } = {}) =>
    op.authorize({
      client,
      agent,
      ...rest,
      params: {
        response_type: variant.responseType,
        response_mode: variant.responseMode,
        ...(has(variant, 'code') ? {} : withoutCode),
        ...params,
      },
    });

  // openid-client reads a code from a query only; wherever it came, it is redeemed in the same way.
  const redeem: VariantUnderTest['redeem'] = (response, by = client, expected = { nonce: true }) => {
    const { params, sent } = response;
    const answer = { code: params.get('code') ?? '', state: sent.state, iss: op.issuer };
    const url = new URL(`${callback}?${new URLSearchParams(answer).toString()}`);
    return authorizationCodeGrant(by.config, url, checksOf(response, expected));
  };

  async function receive(response: AuthorizationResponse, by = client): Promise<Received> {
    const { params, sent, mode } = response;
    const error = params.get('error');
    if (error !== null) throw new Error(`${error}: ${params.get('error_description')}`);
    if (mode !== modeOf(variant)) throw new Error(`it came by ${String(mode)}`);
    const tokens = has(variant, 'code') ? await redeem(response, by) : undefined;
    const idToken = params.get('id_token') ?? tokens?.id_token ?? '';
    const claims = await op.verifyIdToken(idToken, by, sent.nonce);
    return {
      claims: claims as Received['claims'],
      idToken,
      accessToken: tokens?.access_token ?? params.get('access_token') ?? undefined,
      tokens,
    };
  }

  async function released({ claims, accessToken }: Received): Promise<Record<string, unknown>> {
    if (accessToken !== undefined) return fetchUserInfo(client.config, accessToken, claims.sub);
    return Object.fromEntries(Object.entries(claims).filter(([name]) => !protocolClaims.has(name)));
  }

  const requestObject = (claims: Record<string, string>) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'a', typ: 'oauth-authz-req+jwt' })
      .setIssuer(client.id)
      .setAudience(op.issuer)
      .setExpirationTime('1m')
      .sign(keys.privateKey);

  await ask({ params: { scope: allScopes } });
  return { op, variant, client, ask, redeem, receive, released, requestObject };
}

/** A browser whose person reads the first page and fills in nothing. */
export function lookingOnly(op: OpUnderTest): UserAgent {
  const agent = op.browser();
  agent.submit = async page => ({ ...page, text: page.text.replaceAll('<form id=', '<form data-seen=') });
  return agent;
}

export const refusal = async (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error as { error?: string }).error ?? String(error),
  );
