import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { createAccount } from '../../src/accounts/index.ts';
import { createPublicApp } from '../../src/app.ts';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import { createGuardedFetch, createMetrics } from '../../src/http/index.ts';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import { openKeyRing } from '../../src/keys/index.ts';
import { buffered, createLogger } from '../../src/log/index.ts';
import { createMailer } from '../../src/mail/index.ts';
import { createProvider, openAuthorizationDetailsTypes } from '../../src/oidc/index.ts';
import { createPasswordHasher } from '../../src/passwords/index.ts';
import { createRedisArtifactStore, createSealer, openDatabase } from '../../src/store/index.ts';
import { loadTemplates } from '../../src/templates/index.ts';
import { type Batch, type BatchKind, client, redirectUri, resource, scope } from './workload.ts';

/** One side of the comparison, in a process of its own: `gatehouse` or `bare`, told what to do by its parent. */
const [side = '', databaseUrl = '', redisUrl = ''] = process.argv.slice(2);

interface Subject {
  provider: Provider;
  handler: (...request: Parameters<RequestListener>) => unknown;
  accountId: string;
}

const lifetimes = {
  AccessToken: 600,
  AuthorizationCode: 60,
  ClientCredentials: 600,
  Grant: 9_000_000,
  IdToken: 3600,
  RefreshToken: 1_209_600,
};

/** The library as it comes, with its memory adapter, which also holds the client; the same algorithms and rules as ours. */
async function bare(issuer: string): Promise<Subject> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'bench' };
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    cookies: { keys: [newSecret()] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: 'ada@example.com', email_verified: true }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: lifetimes,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'notes:read',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  // Where clients are in any installation that registers them at run time.
  const { adapter } = provider.Client as unknown as {
    adapter: { upsert(id: string, metadata: object): Promise<void> };
  };
  await adapter.upsert(client.metadata.client_id, { ...client.metadata, client_secret: client.secret });
  return { provider, handler: provider.callback(), accountId: 'ada' };
}

async function gatehouse(issuer: string): Promise<Subject> {
  const database = openDatabase({ url: databaseUrl, poolSize: 10 });
  const clock = systemClock;
  const sealer = createSealer([{ id: 'bench', bytes: Buffer.alloc(32, 7) }]);
  const accountId = await database.prisma.$transaction(async transaction => {
    const metadata = { ...client.metadata, resource_scopes: { [resource]: 'notes:read' } };
    await saveClient({ transaction, clock, sealer }, { metadata, secret: client.secret });
    await saveResourceServer(
      { transaction, clock },
      {
        identifier: resource,
        name: 'Notes',
        scopes: ['notes:read'],
        accessTokenFormat: 'jwt',
        accessTokenSigningAlg: 'ES256',
        accessTokenLifetimeSeconds: 600,
      },
    );
    return createAccount(
      { transaction, clock },
      { email: 'ada@example.com', isEmailVerified: true, claims: {}, isOwner: false },
    );
  });
  const log = createLogger({ level: 'info', destination: buffered('/dev/null') });
  const deps = {
    issuer,
    database,
    artifacts: await createRedisArtifactStore({ url: redisUrl, clock }),
    keys: await openKeyRing({
      database,
      sealer,
      clock,
      log,
      policy: { rotationMs: 7_776_000_000, announcementMs: 86_400_000 },
    }),
    clock,
    log,
    hasher: await createPasswordHasher({ concurrency: 1, queue: 10 }),
    mailer: createMailer({ url: undefined, from: 'bench@example.com', log }),
    metrics: createMetrics(),
    templates: loadTemplates({
      viewsFolder: 'views',
      publicFolder: 'public',
      localesFolder: 'config/locales',
    }),
    trustedProxies: [],
    fetch: createGuardedFetch({ allowedHosts: [], extraCa: undefined, log }),
    clientDocumentHosts: [],
    registration: 'off' as const,
    refreshTokens: { idleSeconds: 1_209_600, totalSeconds: 7_776_000, retrySeconds: 10 },
    sealer,
    detailsTypes: await openAuthorizationDetailsTypes({ database, log }),
    mtlsOrigin: undefined,
    clientCertificateCa: undefined,
    isDevelopment: false,
  };
  const silent = () => {};
  const pages = {
    error: silent,
    signOut: silent,
    signedOut: silent,
    deviceCode: silent,
    deviceConfirm: silent,
    approvalAsked: silent,
    deviceDone: silent,
  };
  // A provider beside the one in the application: it makes what the load will use up, over the same store.
  return {
    provider: createProvider({
      ...deps,
      keys: deps.keys.current(),
      detailsTypes: deps.detailsTypes.current(),
      pages,
    }),
    handler: createPublicApp(deps).handler,
    accountId,
  };
}

const server = createServer();
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const subject = await (side === 'bare' ? bare : gatehouse)(`http://localhost:${port}`);
server.on('request', (request, response) => void subject.handler(request, response));

/** Codes and tokens for the load to use up. */
async function prepare({ kind, count }: Batch): Promise<string[]> {
  const { provider, accountId } = subject;
  const registered = await provider.Client.find(client.metadata.client_id);
  const values: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const grant = new provider.Grant({ accountId, clientId: client.metadata.client_id });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const shared = {
      accountId,
      client: registered,
      grantId,
      scope,
      gty: 'authorization_code',
      authTime: 1,
      claims: {},
    };
    const kinds: Record<BatchKind, () => { save(): Promise<string> }> = {
      code: () =>
        new provider.AuthorizationCode({
          ...shared,
          redirectUri,
          codeChallenge: client.challenge,
          codeChallengeMethod: 'S256',
        } as never),
      refresh: () =>
        new provider.RefreshToken({ ...shared, rotations: 0, iiat: Math.floor(Date.now() / 1000) } as never),
      userinfo: () => new provider.AccessToken(shared as never),
    };
    values.push(await kinds[kind]().save());
  }
  return values;
}

process.on('message', (message: { id: number; batch?: Batch }) => {
  const answer = message.batch === undefined ? Promise.resolve(process.cpuUsage()) : prepare(message.batch);
  void answer.then(result => process.send?.({ id: message.id, result }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, result: port });
