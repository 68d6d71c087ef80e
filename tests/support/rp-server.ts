import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from './certificates.ts';

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

type Answer = { status: number; body?: string | Buffer };
type RpDocument = string | Buffer | Record<string, unknown> | ((request: Received) => Answer);

export interface RpServer {
  /** https, on this machine. */
  url: string;
  /** What stands at which path; a function decides for each request. */
  documents: Map<string, RpDocument>;
  received: Received[];
  /** What a Gatehouse needs to be told so that it may come here. */
  environment: Record<string, string>;
  /** PEM. */
  ca: string;
  close(): void;
}

/** The server of a relying party, which publishes documents and takes what is sent to it. */
export async function startRpServer(): Promise<RpServer> {
  const authority = await createCertificateAuthority();
  const documents: RpServer['documents'] = new Map();
  const received: Received[] = [];
  const server = createServer(await authority.issue({ dns: ['localhost'] }), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      const document = documents.get(path);
      const answer: Answer =
        typeof document === 'function'
          ? document(one)
          : { status: document === undefined ? 404 : 200, body: bodyOf(document) };
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    documents,
    received,
    environment: { DANGEROUSLY_FETCH_FROM: `localhost:${port}`, OUTGOING_CA: authority.ca },
    ca: authority.ca,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function bodyOf(document: string | Buffer | Record<string, unknown> | undefined): string | Buffer {
  if (typeof document === 'string' || Buffer.isBuffer(document)) return document;
  return JSON.stringify(document ?? null);
}
