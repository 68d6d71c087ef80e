import { PassThrough } from 'node:stream';
import { saveClient } from '../../src/clients/index.ts';
import { listen } from '../../src/http/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { managementResource } from '../../src/management-api/index.ts';
import { createProvider, type ProviderPages, requestUnit } from '../../src/oidc/index.ts';
import { createPostgresArtifactStore } from '../../src/store/index.ts';
import { freePort } from '../support/services.ts';
import { issuer, startApi, type TestApi } from './start-api.ts';

const secret = 'a secret of a client for tests only';
const pages = {} as ProviderPages;

export interface TokenEndpoint {
  api: TestApi;
  /** The metadata of `robot`, with its secret: what may be asked for is its `resource_scopes`. */
  register(resourceScopes: Record<string, string>): Promise<void>;
  /** As `robot`, for itself. */
  askForToken(parameters: Record<string, string>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The API of startApi, and a provider beside it that issues tokens for it. */
export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  const api = await startApi({ clock: systemClock });
  const { database, keys, sealer } = api;
  const register = (resourceScopes: Record<string, string>) =>
    database.prisma.$transaction(transaction =>
      saveClient(
        { transaction, clock: systemClock, sealer },
        {
          metadata: {
            client_id: 'robot',
            grant_types: ['client_credentials'],
            redirect_uris: [],
            response_types: [],
            resource_scopes: resourceScopes,
          },
          secret,
        },
      ),
    );
  await register({ [managementResource(issuer)]: 'accounts:read' });
  const artifacts = createPostgresArtifactStore({ pool: database.pool, clock: systemClock });
  const provider = createProvider({
    issuer,
    database,
    artifacts,
    keys: keys.current(),
    access: api.access,
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
  const listener = await listen(provider.callback(), { port, address: '127.0.0.1', setting: 'PORT' });

  return {
    api,
    register,
    async askForToken(parameters) {
      const response = await fetch(`http://127.0.0.1:${port}/token`, {
        method: 'POST',
        headers: {
          Authorization: `Basic ${Buffer.from(`robot:${encodeURIComponent(secret)}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
      });
      return (await response.json()) as Record<string, unknown>;
    },
    async close() {
      await listener.close(1);
      await api.close();
    },
  };
}
