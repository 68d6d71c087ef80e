import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from 'oidc-provider';
import { listen } from '../../src/http/index.ts';
import { bare } from './bare.ts';
import { ours } from './ours.ts';
import { prepare } from './prepare.ts';
import type { Batch } from './workload.ts';

/** One side of the comparison, in a process of its own: `bare` or `ours`, told what to do by its parent. */
const [side = '', databaseUrl = '', redisUrl] = process.argv.slice(2);

export interface Subject {
  /** Over the same store as the handler. It makes what the load will use up. */
  provider: Provider;
  handler: (...request: Parameters<RequestListener>) => unknown;
  accountId: string;
  cookieKey: string;
}

let subject: Subject;
const handle: Subject['handler'] = (request, response) => subject.handler(request, response);
const port = side === 'bare' ? await listenAsTheLibrary() : await listenAsOurs();
const issuer = `http://localhost:${port}`;
subject = await (side === 'bare' ? bare(issuer) : ours(issuer, databaseUrl, redisUrl));

async function listenAsOurs(): Promise<number> {
  // As long as a JWKS of four keys.
  const constant = 'x'.repeat(1_400);
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(constant.length)];
  const answer: Subject['handler'] = (request, response) => {
    if (request.url === '/constant') response.writeHead(200, headers).end(constant, 'latin1');
    else void handle(request, response);
  };
  return (await listen(answer, { port: 0, address: '127.0.0.1', setting: 'PORT' })).port;
}

/** As its listen() does, but that a connection stays while the others are measured. */
async function listenAsTheLibrary(): Promise<number> {
  const server = createServer({ keepAliveTimeout: 65_000 }, handle);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

process.on('message', (message: { id: number; batch?: Batch }) => {
  const answer =
    message.batch === undefined ? Promise.resolve(process.cpuUsage()) : prepare(subject, message.batch);
  void answer.then(result => process.send?.({ id: message.id, result }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, result: port });
