import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { freshDatabase, type RedisServer, startRedis, type TestDatabase } from '../support/services.ts';
import { endAll, freshEnvironment, runServer } from './run-server.ts';

let database: TestDatabase;
let redis: RedisServer;
beforeAll(async () => {
  [database, redis] = await Promise.all([freshDatabase(), startRedis()]);
});
afterAll(async () => {
  endAll();
  await redis.stop();
  await database.drop();
});

test('with everything on that settings turn on, nothing of the library’s notices and warnings is printed', async () => {
  const { ca } = await createCertificateAuthority();
  const server = runServer(
    await freshEnvironment({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      MTLS_ORIGIN: 'https://mtls.id.example.com',
      TRUSTED_PROXIES: '127.0.0.1',
      CLIENT_CERTIFICATE_CA: ca,
      OUTGOING_CA: ca,
      CLIENT_DOCUMENT_HOSTS: '*',
      DANGEROUSLY_OPEN_REGISTRATION: 'true',
    }),
  );
  await server.ready();
  const { issuer, clients } = server.facts();
  const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
  expect(await discovery.json()).toMatchObject({
    client_id_metadata_document_supported: true,
    mtls_endpoint_aliases: { token_endpoint: 'https://mtls.id.example.com/token' },
    token_endpoint_auth_methods_supported: expect.arrayContaining([
      'tls_client_auth',
      'self_signed_tls_client_auth',
    ]) as string[],
    registration_endpoint: expect.any(String) as string,
  });
  // The library speaks up at the first use of some things.
  const { client_secret = '' } = clients['demo-machine'] ?? {};
  const token = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`demo-machine:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  expect(token.status).toBe(200);
  server.signal('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(server.output()).toContain('Gatehouse is ready.');
  expect(server.output()).not.toMatch(/NOTICE|WARNING|deprecat|oidc-provider/i);
}, 30_000);
