import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartupError } from '../kernel/index.ts';

export interface Listener {
  port: number;
  /** Takes no new connections, lets requests under way finish, and cuts what is left after the grace period. */
  close(graceSeconds: number): Promise<void>;
}

export interface ListenOptions {
  port: number;
  address: string;
  /** Setting that holds the port, for the error message. */
  setting: string;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program is using it. Stop that program, or choose another port with',
  EACCES: 'this user may not open it. Choose a port above 1023 with',
  EADDRNOTAVAIL: 'this machine does not have that address. Correct BIND_ADDRESS, or',
};

/** @throws StartupError when the port cannot be opened */
export async function listen(
  handler: (...request: Parameters<RequestListener>) => unknown,
  { port, address, setting }: ListenOptions,
): Promise<Listener> {
  let isClosing = false;
  const underWay = new Set<ServerResponse>();
  /** One function for all: every request passes here. */
  function forget(this: ServerResponse): void {
    underWay.delete(this);
    // One whose headers were out already could not say that the connection ends with it.
    if (isClosing) server.closeIdleConnections();
  }
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, optimizeEmptyRequests: true },
    (request, response) => {
      if (isClosing) response.shouldKeepAlive = false;
      underWay.add(response);
      response.once('close', forget);
      void handler(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? ''] ?? `${error.message}. Change it with`;
      reject(new StartupError(`Cannot listen on ${address}:${port}: ${reason} ${setting}.`, error));
    });
    server.listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close(graceSeconds) {
      isClosing = true;
      // "Connection: close" in the answer: a proxy then does not send its next request into a connection that ends.
      for (const response of underWay) response.shouldKeepAlive = false;
      return closeServer(server, graceSeconds);
    },
  };
}

function closeServer(server: Server, graceSeconds: number): Promise<void> {
  return new Promise(resolve => {
    const cut = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    // Idle keep-alive connections would otherwise hold the server open for the whole grace period.
    server.closeIdleConnections();
  });
}
