import { Agent, request } from 'node:http';

/** What is asked of both sides. */

export type BatchKind = 'code' | 'refresh' | 'userinfo';
export interface Batch {
  kind: BatchKind;
  count: number;
}

export const resource = 'https://notes.example/api';
export const redirectUri = 'http://localhost:9999/callback';
export const scope = 'openid email offline_access';
const verifier = 'bench-verifier-bench-verifier-bench-verifier-0';

export const client = {
  secret: 's'.repeat(43),
  /** SHA-256 of the verifier, base64url (RFC 7636 section 4.2). */
  challenge: (await import('node:crypto')).hash('sha256', verifier, 'base64url'),
  metadata: {
    client_id: 'bench',
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code' as const],
    redirect_uris: [redirectUri],
    id_token_signed_response_alg: 'ES256' as const,
  },
};

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: Record<string, string>;
  bearer?: string;
}

export interface Case {
  name: string;
  /** What has to be made before each slice, and is used up. */
  uses?: BatchKind;
  call(value: string): Call;
}

const authentication = { client_id: client.metadata.client_id, client_secret: client.secret };
const token = (body: Record<string, string>): Call => ({ method: 'POST', path: '/token', body: { ...authentication, ...body } });

export const cases: readonly Case[] = [
  { name: 'client_credentials (JWT)', call: () => token({ grant_type: 'client_credentials', resource, scope: 'notes:read' }) },
  {
    name: 'code exchange',
    uses: 'code',
    call: code => token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
  },
  { name: 'refresh with rotation', uses: 'refresh', call: value => token({ grant_type: 'refresh_token', refresh_token: value }) },
  { name: 'userinfo', uses: 'userinfo', call: bearer => ({ method: 'GET', path: '/me', bearer }) },
  { name: 'discovery', call: () => ({ method: 'GET', path: '/.well-known/openid-configuration' }) },
];

const connections = 8;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

function send(port: number, { method, path, body, bearer }: Call): Promise<void> {
  const text = body === undefined ? '' : new URLSearchParams(body).toString();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        headers: {
          ...(text === '' ? {} : { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': text.length }),
          ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
        },
      },
      response => {
        response.resume();
        response.once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${method} ${path} answered ${response.statusCode}`));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(text);
  });
}

/** Sends all calls over a fixed number of connections. @returns seconds */
export async function fire(port: number, calls: readonly Call[]): Promise<number> {
  const queue = [...calls];
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let call = queue.pop(); call !== undefined; call = queue.pop()) await send(port, call);
    }),
  );
  return (performance.now() - startedAt) / 1000;
}
