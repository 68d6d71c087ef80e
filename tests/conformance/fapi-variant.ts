import type { webcrypto } from 'node:crypto';
import { decodeJwt } from 'jose';
import {
  authorizationCodeGrant,
  type DPoPHandle,
  fetchUserInfo,
  genericGrantRequest,
  refreshTokenGrant,
  skipSubjectCheck,
} from 'openid-client';
import type { UserAgent } from '../support/user-agent.ts';
import { checksOf, clientAssertion, type KeyClient, pushed, requestObject } from './fapi-client.ts';
import { type AuthorizationResponse, callback, type OpUnderTest } from './op-under-test.ts';

/** Its tokens are bound to proofs of a key where it has one for that, and to its certificate otherwise. */
export type BoundClient = KeyClient & { DPoP?: DPoPHandle };

/** A profile as a client with one choice of all that it leaves open lives in it. */
export interface FapiVariant {
  op: OpUnderTest;
  client: BoundClient;
  other: BoundClient;
  /** Of an authorization request, beside the usual. */
  params: Record<string, string>;
  /** What is asked is signed. */
  isSigned: boolean;
  /** Of a person who signs in once, at the first request. */
  agent: UserAgent;
}

export type WrongRequest = NonNullable<Parameters<typeof requestObject>[3]>;

/** What is pushed: the parameters, or what was signed of them. */
export async function formOf(
  { op, isSigned }: FapiVariant,
  by: KeyClient,
  params: Record<string, string>,
  wrong: WrongRequest = {},
): Promise<Record<string, string>> {
  return isSigned ? { request: await requestObject(op, by, params, wrong) } : params;
}

export interface Answer {
  status: number;
  error?: string;
  request_uri?: string;
}

/** By hand, so that all of it can be wrong. */
export async function send(url: unknown, params: Record<string, string>, method = 'POST'): Promise<Answer> {
  const response = await fetch(String(url), { method, body: new URLSearchParams(params) });
  const text = await response.text();
  return { status: response.status, ...(text.startsWith('{') ? (JSON.parse(text) as object) : {}) };
}

/** @returns what the endpoint for pushed requests says */
export async function push(
  variant: FapiVariant,
  params: Record<string, string>,
  assertion?: Record<string, string>,
): Promise<Answer> {
  const { op, client } = variant;
  return send(op.metadata.pushed_authorization_request_endpoint, {
    ...(await formOf(variant, client, params)),
    ...(assertion ?? (await clientAssertion(op, client))),
  });
}

/** The person signs in and allows what was pushed, unless told otherwise. */
export function authorize(
  variant: FapiVariant,
  {
    by = variant.client,
    ...more
  }: Partial<Parameters<OpUnderTest['authorize']>[0]> & { by?: KeyClient } = {},
): Promise<AuthorizationResponse> {
  return variant.op.authorize({
    client: by,
    agent: variant.agent,
    pack: async params => pushed(by, await formOf(variant, by, params)),
    ...more,
    params: { ...variant.params, ...more.params },
  });
}

const bindingOf = ({ DPoP }: BoundClient) => (DPoP === undefined ? {} : { DPoP });

export function redeem(by: BoundClient, response: AuthorizationResponse, verifier?: string | null) {
  const checks = checksOf(response);
  const { pkceCodeVerifier, ...withoutVerifier } = checks;
  return authorizationCodeGrant(
    by.config,
    response.url,
    verifier === null ? withoutVerifier : { ...checks, pkceCodeVerifier: verifier ?? pkceCodeVerifier },
    undefined,
    bindingOf(by),
  );
}

/** However it came back. */
export function codeOf({ params }: AuthorizationResponse): string {
  const signed = params.get('response');
  return String(signed === null ? params.get('code') : decodeJwt(signed)['code']);
}

/** What a thief does, who has seen all of a response and of what was sent: none of it is checked, all of it is used. */
export const redeemStolen = (by: BoundClient, response: AuthorizationResponse) =>
  genericGrantRequest(
    by.config,
    'authorization_code',
    { code: codeOf(response), redirect_uri: callback, code_verifier: response.sent.verifier },
    bindingOf(by),
  );

export const userinfo = (by: BoundClient, accessToken: string) =>
  fetchUserInfo(by.config, accessToken, skipSubjectCheck, bindingOf(by));

export const refresh = (by: BoundClient, refreshToken: string) =>
  refreshTokenGrant(by.config, refreshToken, undefined, bindingOf(by));

/** Good but for the one thing that each of these says (the modules `…-ensure-invalid-client-assertions-fail`). */
export function wrongAssertions(
  { op, client, other }: FapiVariant,
  rs256: webcrypto.CryptoKey,
): [string, () => Promise<Record<string, string>>][] {
  const now = () => Math.floor(Date.now() / 1000);
  const evil = 'https://evil.example';
  return [
    ['exp is five minutes ago', () => clientAssertion(op, client, { exp: now() - 300, iat: now() - 360 })],
    ['exp is missing', () => clientAssertion(op, client, { exp: undefined })],
    ['jti is missing', () => clientAssertion(op, client, { jti: undefined })],
    ['sub is missing', () => clientAssertion(op, client, { sub: undefined })],
    ['sub is another client', () => clientAssertion(op, client, { sub: other.id })],
    ['iss is missing', () => clientAssertion(op, client, { iss: undefined })],
    ['iss is another client', () => clientAssertion(op, client, { iss: other.id })],
    ['aud is missing', () => clientAssertion(op, client, { aud: undefined })],
    ['aud is somebody else', () => clientAssertion(op, client, { aud: evil })],
    [
      'nbf is in more than a minute',
      () => clientAssertion(op, client, { nbf: now() + 70, exp: now() + 300 }),
    ],
    ['RS256', () => clientAssertion(op, client, {}, { alg: 'RS256', key: rs256 })],
    ['the key of another client', () => clientAssertion(op, client, {}, { key: other.keys.privateKey })],
    ['none at all', () => Promise.resolve({ client_id: client.id })],
  ];
}
