import { hash } from 'node:crypto';

/** What is asked of both sides. */

export type BatchKind =
  | 'code'
  | 'refresh'
  | 'userinfo'
  | 'session'
  | 'device'
  | 'ciba'
  | 'subject'
  | 'assertion';
export interface Batch {
  kind: BatchKind;
  count: number;
}

export const resource = 'https://notes.example/api';
/** Where tokens for the first are exchanged for. */
export const otherResource = 'https://archive.example/api';
export const assertionIssuer = 'https://partner.example';
export const redirectUri = 'http://localhost:9999/callback';
export const scope = 'openid email offline_access';
const verifier = 'bench-verifier-bench-verifier-bench-verifier-0';

export const grantTypes = {
  device: 'urn:ietf:params:oauth:grant-type:device_code',
  ciba: 'urn:openid:params:grant-type:ciba',
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  assertion: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
};

export const client = {
  secret: 's'.repeat(43),
  /** SHA-256 of the verifier, base64url (RFC 7636 section 4.2). */
  challenge: hash('sha256', verifier, 'base64url'),
  metadata: {
    client_id: 'bench',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      grantTypes.device,
      grantTypes.ciba,
    ],
    response_types: ['code' as const],
    redirect_uris: [redirectUri],
    id_token_signed_response_alg: 'ES256' as const,
    backchannel_token_delivery_mode: 'poll',
  },
};

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: Record<string, string>;
  headers?: Record<string, string>;
  /** 200 where nothing else is said. */
  status?: number;
}

export interface Case {
  name: string;
  /** What has to be made before each slice, and is used up. */
  uses?: BatchKind;
  /** The bare library has nothing like it. */
  isOursOnly?: boolean;
  /** Ours is asked for this instead, which Gatehouse does not see. */
  constantOfOurs?: string;
  call(value: string): Call;
}

const authentication = { client_id: client.metadata.client_id, client_secret: client.secret };
const token = (body: Record<string, string>): Call => ({
  method: 'POST',
  path: '/token',
  body: { ...authentication, ...body },
});

const silently = new URLSearchParams({
  client_id: client.metadata.client_id,
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: 'openid email',
  state: 'bench',
  prompt: 'none',
  code_challenge: client.challenge,
  code_challenge_method: 'S256',
});

export const cases: readonly Case[] = [
  {
    name: 'client_credentials (JWT)',
    call: () => token({ grant_type: 'client_credentials', resource, scope: 'notes:read' }),
  },
  { name: 'client_credentials (opaque)', call: () => token({ grant_type: 'client_credentials' }) },
  {
    name: 'silent authorization',
    uses: 'session',
    call: cookie => ({
      method: 'GET',
      path: `/auth?${silently.toString()}`,
      headers: { Cookie: cookie },
      status: 303,
    }),
  },
  {
    name: 'code exchange',
    uses: 'code',
    call: code =>
      token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
  },
  {
    name: 'refresh with rotation',
    uses: 'refresh',
    call: value => token({ grant_type: 'refresh_token', refresh_token: value }),
  },
  {
    name: 'device code exchange',
    uses: 'device',
    call: value => token({ grant_type: grantTypes.device, device_code: value }),
  },
  {
    name: 'CIBA exchange',
    uses: 'ciba',
    call: value => token({ grant_type: grantTypes.ciba, auth_req_id: value }),
  },
  {
    name: 'token exchange',
    uses: 'subject',
    isOursOnly: true,
    call: value =>
      token({
        grant_type: grantTypes.exchange,
        subject_token: value,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        resource: otherResource,
      }),
  },
  {
    name: 'JWT bearer',
    uses: 'assertion',
    isOursOnly: true,
    call: value =>
      token({ grant_type: grantTypes.assertion, assertion: value, resource, scope: 'notes:read' }),
  },
  {
    name: 'userinfo',
    uses: 'userinfo',
    call: value => ({ method: 'GET', path: '/me', headers: { Authorization: `Bearer ${value}` } }),
  },
  {
    name: 'introspection',
    uses: 'userinfo',
    call: value => ({
      method: 'POST',
      path: '/token/introspection',
      body: { ...authentication, token: value },
    }),
  },
  { name: 'discovery', call: () => ({ method: 'GET', path: '/.well-known/openid-configuration' }) },
  { name: 'JWKS', call: () => ({ method: 'GET', path: '/jwks' }) },
  // No more is possible over Node's own HTTP.
  {
    name: 'JWKS, if Node answered a constant',
    call: () => ({ method: 'GET', path: '/jwks' }),
    constantOfOurs: '/constant',
  },
];
