import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import { type Listener, listen } from '../../src/http/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { managementResource, managementResourceServer } from '../../src/management-api/index.ts';
import { createProvider, type ProviderPages, requestUnit } from '../../src/oidc/index.ts';
import { createPostgresArtifactStore } from '../../src/store/index.ts';
import { freePort } from '../support/services.ts';
import { issuer, startApi, type TestApi } from './start-api.ts';

const secret = 'a secret of a client for tests only';
const pages = {} as ProviderPages;

let api: TestApi;
let tokenEndpoint: string;
let listener: Listener;
beforeAll(async () => {
  api = await startApi({ clock: systemClock });
  const { database, keys, sealer } = api;
  await database.prisma.$transaction(async transaction => {
    const deps = { transaction, clock: systemClock, sealer };
    await saveResourceServer(deps, managementResourceServer(issuer));
    await saveClient(deps, {
      metadata: {
        client_id: 'robot',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        resource_scopes: { [managementResource(issuer)]: 'accounts:read' },
      },
      secret,
    });
  });
  const artifacts = createPostgresArtifactStore({ pool: database.pool, clock: systemClock });
  const provider = createProvider({
    issuer,
    database,
    artifacts,
    keys: keys.current(),
    clock: systemClock,
    pages,
    fetch: () => Promise.reject(new Error('nothing is fetched')),
    clientDocumentHosts: [],
    log: createLogger({ level: 'silent', destination: new PassThrough() }),
    sessions: { idleSeconds: 60, totalSeconds: 60, most: 100 },
    refreshTokens: { idleSeconds: 60, totalSeconds: 60, retrySeconds: 0 },
    registration: 'off' as const,
    sealer,
    detailsTypes: new Map(),
    mtlsOrigin: undefined,
    clientCertificateCa: undefined,
    offersRegistration: false,
    stops: {},
    factorPolicies: { everybody: 'optional', roles: {}, graceDays: 0 },
    profileRules: { attributes: [], required: [], hasUsernames: false },
  });
  provider.use(requestUnit({ artifacts }));
  const port = await freePort();
  listener = await listen(provider.callback(), { port, address: '127.0.0.1', setting: 'PORT' });
  tokenEndpoint = `http://127.0.0.1:${port}/token`;
});
afterAll(async () => {
  await listener.close(1);
  await api.close();
});

async function askForToken(parameters: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(tokenEndpoint, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`robot:${encodeURIComponent(secret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  });
  return (await response.json()) as Record<string, unknown>;
}

test('a token as the provider issues it for this API is let in, and another one is not', async () => {
  const issued = await askForToken({ resource: managementResource(issuer), scope: 'accounts:read' });
  expect(issued).toMatchObject({ token_type: 'Bearer', expires_in: 600 });
  const response = await api.get('/api/v1/me', String(issued['access_token']));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    client_id: 'robot',
    subject: null,
    account: null,
    scopes: ['accounts:read'],
    permissions: [],
    issuer,
  });

  const other = await askForToken({});
  expect(other['token_type']).toBe('Bearer');
  expect((await api.get('/api/v1/me', String(other['access_token']))).status).toBe(401);
});

test('a client is not given a scope that it is not registered for', async () => {
  const issued = await askForToken({
    resource: managementResource(issuer),
    scope: 'accounts:read keys:rotate',
  });
  const response = await api.get('/api/v1/me', String(issued['access_token']));
  expect(await response.json()).toMatchObject({ scopes: ['accounts:read'] });
});
