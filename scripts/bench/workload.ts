import { hash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

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
  challenge: hash('sha256', verifier, 'base64url'),
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
const token = (body: Record<string, string>): Call => ({
  method: 'POST',
  path: '/token',
  body: { ...authentication, ...body },
});

export const cases: readonly Case[] = [
  {
    name: 'client_credentials (JWT)',
    call: () => token({ grant_type: 'client_credentials', resource, scope: 'notes:read' }),
  },
  { name: 'client_credentials (opaque)', call: () => token({ grant_type: 'client_credentials' }) },
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
  { name: 'userinfo', uses: 'userinfo', call: bearer => ({ method: 'GET', path: '/me', bearer }) },
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
];

const connections = 48;

function textOf({ method, path, body, bearer }: Call): string {
  const content = body === undefined ? '' : new URLSearchParams(body).toString();
  const headers = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...(content === ''
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${content.length}`]),
    ...(bearer === undefined ? [] : [`Authorization: Bearer ${bearer}`]),
  ];
  return `${headers.join('\r\n')}\r\n\r\n${content}`;
}

/** Keep-alive connections of our own: Node's client would take more CPU than the server that is measured. */
const open = new Map<number, Promise<Socket[]>>();

function socketsTo(port: number): Promise<Socket[]> {
  const known = open.get(port);
  if (known !== undefined) return known;
  const sockets = Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.setEncoding('latin1');
      await once(socket, 'connect');
      return socket;
    }),
  );
  open.set(port, sockets);
  return sockets;
}

/** @returns when the whole answer has arrived */
function send(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const onData = (chunk: string) => {
      answer += chunk;
      const end = answer.indexOf('\r\n\r\n');
      const length = /^content-length: (\d+)/im.exec(answer)?.[1];
      if (end < 0 || length === undefined || answer.length < end + 4 + Number(length)) return;
      socket.off('data', onData);
      if (answer.startsWith('HTTP/1.1 200 ')) resolve();
      else reject(new Error(`unexpected answer:\n${answer}`));
    };
    socket.on('data', onData);
    socket.write(text, 'latin1');
  });
}

/**
 * Sends all calls over a fixed number of connections, in order.
 * @returns calls a second while there was work for all connections
 */
export async function fire(port: number, calls: readonly Call[]): Promise<number> {
  const texts = calls.map(textOf);
  const sockets = await socketsTo(port);
  const startedAt = performance.now();
  let next = 0;
  let busyUntil = startedAt;
  let answered = 0;
  await Promise.all(
    sockets.map(async socket => {
      while (next < texts.length) {
        const text = texts[next] ?? '';
        next += 1;
        await send(socket, text);
        answered += 1;
        if (answered === texts.length - connections) busyUntil = performance.now();
      }
    }),
  );
  return ((texts.length - connections) * 1000) / (busyUntil - startedAt);
}
