import {
  allowInsecureRequests,
  type ClientAuth,
  type Configuration,
  customFetch,
  discovery,
  TlsClientAuth,
} from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Certificate } from '../support/certificates.ts';
import type { OpUnderTest, TestClient } from './op-under-test.ts';

/** A client that shows this certificate wherever it is asked for one. `ca` is PEM: what the proxy's certificate is checked with. */
export async function showing(
  { op, ca }: { op: OpUnderTest; ca: string },
  client: TestClient,
  certificate: Certificate | undefined,
  authentication: ClientAuth = TlsClientAuth(),
): Promise<Configuration> {
  const config = await discovery(
    new URL(op.issuer),
    client.id,
    { ...client.config.clientMetadata(), use_mtls_endpoint_aliases: true },
    authentication,
    { execute: [allowInsecureRequests] },
  );
  const dispatcher = new Agent({ connect: { ca, ...certificate } });
  config[customFetch] = (url, options) => undiciFetch(url, { ...(options as object), dispatcher });
  return config;
}
