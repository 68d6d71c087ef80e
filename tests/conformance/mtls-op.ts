import { type Configuration, PrivateKeyJwt } from 'openid-client';
import {
  type Certificate,
  type CertificateAuthority,
  createCertificateAuthority,
} from '../support/certificates.ts';
import { freePort } from '../support/services.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';
import { type KeyClient, registerFapi } from './fapi-client.ts';
import { type OpUnderTest, startOp } from './op-under-test.ts';
import { showing } from './showing.ts';

export interface MtlsOp {
  op: OpUnderTest;
  authority: CertificateAuthority;
  /** A client with a key to say who it is, and a certificate that its tokens are bound to. */
  register(profile: string, metadata?: Record<string, unknown>): Promise<KeyClient>;
  /** The same client with another certificate, or with none. */
  withCertificate(client: KeyClient, certificate: Certificate | undefined): Promise<Configuration>;
  close(): Promise<void>;
}

/** The provider behind a TLS proxy that asks for certificates (RFC 8705). */
export async function startMtlsOp(environment: Record<string, string> = {}): Promise<MtlsOp> {
  const authority = await createCertificateAuthority();
  const port = await freePort();
  const op = await startOp({
    MTLS_ORIGIN: `https://localhost:${port}`,
    TRUSTED_PROXIES: '127.0.0.1',
    ...environment,
  });
  const proxy = await startTlsProxy(
    port,
    await authority.issue({ dns: ['localhost'] }),
    Number(new URL(op.issuer).port),
  );
  const withCertificate = (client: KeyClient, certificate: Certificate | undefined) =>
    showing(
      { op, ca: authority.ca },
      client,
      certificate,
      PrivateKeyJwt({ key: client.keys.privateKey, kid: 'a' }),
    );
  return {
    op,
    authority,
    async register(profile, metadata) {
      const { DPoP: _, ...client } = await registerFapi(op, profile, metadata);
      const certificate = await authority.issue({ name: 'CN=bank' });
      return { ...client, config: await withCertificate(client, certificate) };
    },
    withCertificate,
    async close() {
      proxy.close();
      await op.close();
    },
  };
}
