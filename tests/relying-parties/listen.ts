import { createServer, type RequestListener } from 'node:http';

/** An app of this test at this port of localhost. */
export async function serve(port: number, app: RequestListener): Promise<{ close(): void }> {
  const server = createServer(app);
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return {
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
