import { hash, X509Certificate } from 'node:crypto';
import type { Context } from 'koa';
import type { Clock } from '../kernel/index.ts';

export interface ClientCertificatesDeps {
  /** Where the TLS proxy asks for client certificates; undefined where nobody does. */
  mtlsOrigin: string | undefined;
  /** PEM: who may vouch for the name in a certificate (`tls_client_auth`). */
  clientCertificateCa: string | undefined;
  clock: Clock;
}

/**
 * Mutual TLS (RFC 8705) ends at the proxy, which passes the certificate on in `Client-Cert` (RFC 9440 section 2.2) and
 * overwrites what a client sent under that name. The header of anybody but a trusted proxy is gone before it gets here
 * (http/pin-origin.ts).
 */
export function clientCertificates({
  clientCertificateCa,
  clock,
}: Omit<ClientCertificatesDeps, 'mtlsOrigin'>) {
  const authorities = certificatesIn(clientCertificateCa ?? '');
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: authorities.length > 0,
    getCertificate: certificateOf,
    certificateAuthorized(ctx: Context): boolean {
      const certificate = certificateOf(ctx);
      return certificate !== undefined && isVouchedFor(certificate, authorities, clock.now());
    },
    certificateSubjectMatches(ctx: Context, property: string, expected: string): boolean {
      const certificate = certificateOf(ctx);
      return (
        certificate !== undefined && namesIn(certificate, property).includes(normalize(property, expected))
      );
    },
  };
}

/** RFC 8705 section 3.1: SHA-256 of the certificate, base64url. */
export function certificateThumbprint(ctx: Context): string | undefined {
  const certificate = certificateOf(ctx);
  return certificate === undefined ? undefined : hash('sha256', certificate.raw, 'base64url');
}

/** RFC 9440 section 2.1: DER as a byte sequence of structured fields (RFC 8941 section 3.3.5). */
function certificateOf(ctx: Context): X509Certificate | undefined {
  const encoded = /^:([A-Za-z0-9+/=]+):$/.exec(ctx.get('Client-Cert'))?.[1];
  if (encoded === undefined) return undefined;
  try {
    return new X509Certificate(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(block => new X509Certificate(block));
}

function isVouchedFor(
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  const isInTime = ({ validFromDate, validToDate }: X509Certificate) =>
    validFromDate.getTime() <= now && now < validToDate.getTime();
  return (
    isInTime(certificate) &&
    authorities.some(
      authority =>
        authority.ca &&
        isInTime(authority) &&
        certificate.checkIssued(authority) &&
        certificate.verify(authority.publicKey),
    )
  );
}

const alternativeNames: Readonly<Record<string, string>> = {
  tls_client_auth_san_dns: 'DNS',
  tls_client_auth_san_uri: 'URI',
  tls_client_auth_san_ip: 'IP Address',
  tls_client_auth_san_email: 'email',
};

function namesIn({ subject, subjectAltName = '' }: X509Certificate, property: string): string[] {
  // OpenSSL lists the parts from the root; RFC 4514 section 2.1 begins at the other end.
  if (property === 'tls_client_auth_subject_dn') return [subject.split('\n').toReversed().join(',')];
  const prefix = `${alternativeNames[property]}:`;
  // What has a comma in it comes in quotes, and matches nothing.
  return subjectAltName
    .split(', ')
    .filter(name => name.startsWith(prefix))
    .map(name => normalize(property, name.slice(prefix.length)));
}

function normalize(property: string, value: string): string {
  if (property === 'tls_client_auth_subject_dn') return value.replaceAll(/\s*,\s*/g, ',');
  return property === 'tls_client_auth_san_dns' ? value.toLowerCase() : value;
}
