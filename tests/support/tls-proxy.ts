import { request } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';

/**
 * What stands in front of Gatehouse where clients have certificates: it asks for one, believes none, and passes on what it
 * was shown in Client-Cert (RFC 9440), whatever the client sent under that name.
 */
export async function startTlsProxy(
  port: number,
  certificate: Certificate,
  target: number,
): Promise<{ close(): void }> {
  const options = { ...certificate, requestCert: true, rejectUnauthorized: false };
  const server = createServer(options, (incoming, outgoing) => {
    const shown = (incoming.socket as TLSSocket).getPeerCertificate() as { raw?: Buffer };
    const { 'client-cert': _, ...headers } = incoming.headers;
    const onward = request(
      {
        host: '127.0.0.1',
        port: target,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...headers,
          ...(shown.raw === undefined ? {} : { 'client-cert': `:${shown.raw.toString('base64')}:` }),
        },
      },
      response => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return {
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
