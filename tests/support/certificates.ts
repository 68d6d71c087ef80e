import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface Certificate {
  /** PEM, as node:tls takes them. */
  cert: string;
  key: string;
}

export interface LeafOptions {
  /** Of the subject, e.g. `CN=client`. */
  name?: string;
  dns?: readonly string[];
  addresses?: readonly string[];
}

export interface CertificateAuthority {
  /** PEM. */
  ca: string;
  issue(options?: LeafOptions): Promise<Certificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const aDayMs = 24 * 60 * 60 * 1000;

const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const validity = () => ({
  notBefore: new Date(Date.now() - aDayMs),
  notAfter: new Date(Date.now() + aDayMs),
});

/** A certificate authority of one test, valid for a day; for servers and for clients. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const authority = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Authority of a test',
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return {
    ca: authority.toString('pem'),
    async issue({ name = 'CN=localhost', dns = [], addresses = [] } = {}) {
      const own = await newKeys();
      const names = [
        ...dns.map(value => ({ type: 'dns' as const, value })),
        ...addresses.map(value => ({ type: 'ip' as const, value })),
      ];
      const certificate = await X509CertificateGenerator.create({
        subject: name,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity(),
        extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
      });
      return { cert: certificate.toString('pem'), key: await toPem(own.privateKey) };
    },
  };
}

/** Issued by nobody but itself, as `self_signed_tls_client_auth` allows (RFC 8705 section 2.2). */
export async function createSelfSigned(name: string): Promise<Certificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
  });
  return { cert: certificate.toString('pem'), key: await toPem(keys.privateKey) };
}

/** DER in base64, as it stands in `x5c` and in the header of a TLS proxy. */
export function derOf({ cert }: Pick<Certificate, 'cert'>): string {
  return Buffer.from(new X509Certificate(cert).rawData).toString('base64');
}

async function toPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
