import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  url: string;
  close(): void;
}

/** A load balancer as plain as can be: each request to the next process, and past one that does not answer. */
export async function roundRobin(port: number, targets: readonly number[]): Promise<RoundRobin> {
  let next = 0;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => forward(0));

    function forward(tried: number): void {
      const target = targets[next++ % targets.length];
      const onward = request(
        {
          host: '127.0.0.1',
          port: target,
          method: incoming.method,
          path: incoming.url,
          headers: incoming.headers,
        },
        response => {
          outgoing.writeHead(response.statusCode ?? 502, response.headers);
          response.on('error', () => outgoing.destroy());
          response.pipe(outgoing);
        },
      );
      onward.on('error', (error: NodeJS.ErrnoException) => {
        // Never sent, so safe to send to another; anything else may have been done.
        if (error.code === 'ECONNREFUSED' && tried + 1 < targets.length) return forward(tried + 1);
        if (!outgoing.headersSent) outgoing.writeHead(502);
        outgoing.end();
      });
      onward.end(Buffer.concat(chunks));
    }
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
