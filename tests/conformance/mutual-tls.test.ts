import { decodeJwt } from 'jose';
import {
  authorizationCodeGrant,
  clientCredentialsGrant,
  fetchUserInfo,
  skipSubjectCheck,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Certificate,
  type CertificateAuthority,
  createCertificateAuthority,
  createSelfSigned,
  derOf,
} from '../support/certificates.ts';
import { freePort } from '../support/services.ts';
import { startTlsProxy } from '../support/tls-proxy.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { showing as showingTo } from './showing.ts';

let op: OpUnderTest;
let proxy: { close(): void };
let authority: CertificateAuthority;
let mtlsOrigin: string;

beforeAll(async () => {
  authority = await createCertificateAuthority();
  const port = await freePort();
  mtlsOrigin = `https://localhost:${port}`;
  op = await startOp({
    MTLS_ORIGIN: mtlsOrigin,
    TRUSTED_PROXIES: '127.0.0.1',
    CLIENT_CERTIFICATE_CA: authority.ca,
  });
  proxy = await startTlsProxy(
    port,
    await authority.issue({ dns: ['localhost'] }),
    Number(new URL(op.issuer).port),
  );
});
afterAll(async () => {
  proxy.close();
  await op.close();
});

const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };

const showing = (client: TestClient, certificate: Certificate | undefined) =>
  showingTo({ op, ca: authority.ca }, client, certificate);

const refused = { error: 'invalid_client' };

describe('RFC 8705 · Mutual TLS', () => {
  test('the document says where certificates are asked for', () => {
    expect(op.metadata).toMatchObject({
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: {
        token_endpoint: `${mtlsOrigin}/token`,
        userinfo_endpoint: `${mtlsOrigin}/me`,
        pushed_authorization_request_endpoint: `${mtlsOrigin}/request`,
      },
    });
    const aliases = op.metadata['mtls_endpoint_aliases'] as unknown as object;
    expect(aliases).not.toHaveProperty('authorization_endpoint');
  });

  test('tls_client_auth: by a name in a certificate that our authority signed', async () => {
    const names: [string, string, { name?: string; dns?: string[]; addresses?: string[] }][] = [
      ['tls_client_auth_subject_dn', 'CN=robot, O=Lantern', { name: 'O=Lantern, CN=robot' }],
      ['tls_client_auth_san_dns', 'Robot.example', { dns: ['other.example', 'robot.example'] }],
      ['tls_client_auth_san_ip', '10.1.2.3', { addresses: ['10.1.2.3'] }],
    ];
    for (const [property, value, options] of names) {
      const client = await op.register({
        ...machine,
        token_endpoint_auth_method: 'tls_client_auth',
        [property]: value,
      });
      const certificate = await authority.issue(options);
      expect(await clientCredentialsGrant(await showing(client, certificate)), property).toHaveProperty(
        'access_token',
      );
      const other = await authority.issue({ name: 'CN=robot2', dns: ['robot.example.evil.example'] });
      const stranger = await createCertificateAuthority();
      for (const wrong of [other, await stranger.issue(options), undefined]) {
        await expect(clientCredentialsGrant(await showing(client, wrong)), property).rejects.toMatchObject(
          refused,
        );
      }
    }
  });

  test('self_signed_tls_client_auth: by the certificate that was registered, and no other of the same name', async () => {
    const certificate = await createSelfSigned('CN=robot');
    const client = await op.register({
      ...machine,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [await jwkOf(certificate)] },
    });
    expect(await clientCredentialsGrant(await showing(client, certificate))).toHaveProperty('access_token');
    const other = await createSelfSigned('CN=robot');
    await expect(clientCredentialsGrant(await showing(client, other))).rejects.toMatchObject(refused);
  });

  test('a bound token is worth nothing without the certificate', async () => {
    const certificate = await createSelfSigned('CN=app');
    const client = await op.register({
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      jwks: { keys: [await jwkOf(certificate)] },
    });
    const response = await op.authorize({ client });
    const config = await showing(client, certificate);
    const tokens = await authorizationCodeGrant(config, response.url, {
      pkceCodeVerifier: response.sent.verifier,
      expectedState: response.sent.state,
      expectedNonce: response.sent.nonce,
    });
    expect(await fetchUserInfo(config, tokens.access_token, skipSubjectCheck)).toHaveProperty('sub');
    const thief = await showing(client, await createSelfSigned('CN=app'));
    await expect(fetchUserInfo(thief, tokens.access_token, skipSubjectCheck)).rejects.toMatchObject({
      status: 401,
    });
    await expect(
      fetchUserInfo(await showing(client, undefined), tokens.access_token, skipSubjectCheck),
    ).rejects.toMatchObject({
      status: 401,
    });
  });

  test('a JWT for an API names the certificate (cnf)', async () => {
    const certificate = await createSelfSigned('CN=robot');
    const client = await op.register({
      ...machine,
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      jwks: { keys: [await jwkOf(certificate)] },
      resource_scopes: { [`${op.issuer}/api`]: 'accounts:read' },
    });
    const { access_token } = await clientCredentialsGrant(await showing(client, certificate), {
      resource: `${op.issuer}/api`,
      scope: 'accounts:read',
    });
    expect(decodeJwt(access_token)).toMatchObject({
      cnf: { 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) as string },
    });
    // Our own API does not look at certificates, so it does not take the token as if it were anybody's.
    const me = await fetch(`${op.gatehouse.facts.management_url}/api/v1/me`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    expect(me.status).toBe(401);
  });
});

test('the header of somebody who is no trusted proxy is nothing', async () => {
  const direct = await startOp({ MTLS_ORIGIN: mtlsOrigin, TRUSTED_PROXIES: '10.0.0.1' });
  const certificate = await createSelfSigned('CN=robot');
  const client = await direct.register({
    ...machine,
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    jwks: { keys: [await jwkOf(certificate)] },
  });
  const ask = (issuer: string) =>
    fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { 'Client-Cert': `:${derOf(certificate)}:` },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: client.id }),
    });
  expect((await ask(direct.issuer)).status).toBe(401);
  await direct.close();
});

async function jwkOf(certificate: Certificate) {
  const { createPublicKey } = await import('node:crypto');
  return { ...createPublicKey(certificate.cert).export({ format: 'jwk' }), x5c: [derOf(certificate)] };
}
