import { createAccount } from '../../src/accounts/index.ts';
import { createPublicApp } from '../../src/app.ts';
import { avatarStore, createAvatarEncoder } from '../../src/avatars/index.ts';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import { documentsOf } from '../../src/documents/index.ts';
import { createGuardedFetch, createMetrics } from '../../src/http/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { localPrivateKeys, openKeyRing } from '../../src/keys/index.ts';
import { buffered, createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox } from '../../src/mail/index.ts';
import { createProvider, openAuthorizationDetailsTypes } from '../../src/oidc/index.ts';
import { createPasswordHasher, passwordPolicies } from '../../src/passwords/index.ts';
import { createAccess } from '../../src/rbac/index.ts';
import {
  createPostgresArtifactStore,
  createRedisArtifactStore,
  createSealer,
  openDatabase,
} from '../../src/store/index.ts';
import { loadTemplates } from '../../src/templates/index.ts';
import { attemptLimits } from '../../src/throttling/index.ts';
import { assertionKey } from './prepare.ts';
import type { Subject } from './subject.ts';
import { assertionIssuer, client, grantTypes, otherResource, resource } from './workload.ts';

/** Gatehouse as it is composed for production, with artifacts in Redis or, without one, in PostgreSQL. */
export async function ours(
  issuer: string,
  databaseUrl: string,
  redisUrl: string | undefined,
): Promise<Subject> {
  const database = openDatabase({ url: databaseUrl, poolSize: 10 });
  const clock = systemClock;
  const sealer = createSealer([{ id: 'bench', bytes: Buffer.alloc(32, 7) }]);
  const accountId = await database.prisma.$transaction(async transaction => {
    await saveClient(
      { transaction, clock, sealer },
      { metadata: await metadataWithGrantsOfOurs(), secret: client.secret },
    );
    for (const identifier of [resource, otherResource]) {
      await saveResourceServer(
        { transaction, clock },
        {
          identifier,
          name: 'Notes',
          scopes: ['notes:read'],
          accessTokenFormat: 'jwt',
          accessTokenSigningAlg: 'ES256',
          accessTokenLifetimeSeconds: 600,
        },
      );
    }
    return createAccount(
      { transaction, clock },
      { email: 'ada@example.com', isEmailVerified: true, claims: {}, isOwner: false },
    );
  });
  const log = createLogger({ level: 'info', destination: buffered('/dev/null') });
  const templates = loadTemplates({
    viewsFolder: 'views',
    publicFolder: 'public',
    localesFolder: 'config/locales',
  });
  const mailer = createMailer({ url: undefined, from: 'bench@example.com' });
  const deps = {
    issuer,
    database,
    artifacts:
      redisUrl === undefined
        ? createPostgresArtifactStore({ pool: database.pool, clock })
        : await createRedisArtifactStore({ url: redisUrl, clock }),
    keys: await openKeyRing({
      database,
      sealer,
      privateKeys: localPrivateKeys,
      clock,
      log,
      policy: { rotationMs: 7_776_000_000, announcementMs: 86_400_000 },
    }),
    access: createAccess({ database, clock }),
    clock,
    log,
    hasher: await createPasswordHasher({ concurrency: 1, queue: 10 }),
    metrics: createMetrics(),
    templates,
    outbox: createOutbox({ database, clock, sealer, log, templates, mailer }),
    documents: documentsOf({ database, clock, sealer, current: [] }),
    profileRules: { attributes: [], required: [], hasUsernames: false },
    avatars: avatarStore(database),
    encodeAvatar: createAvatarEncoder({ mostPixels: 50_000_000 }),
    avatarMegabytes: 5,
    avatarMegapixels: 50,
    exportPolicy: { days: 7, everyHours: 24 },
    passwordPolicy: passwordPolicies.nist,
    breaches: { check: () => Promise.resolve(false), close: () => Promise.resolve() },
    onUnknownBreach: 'allow' as const,
    factorPolicies: { everybody: 'optional' as const, roles: {}, graceDays: 0 },
    passkeyRules: { rpId: 'localhost', origins: [issuer], aaguids: [] },
    signInByMail: true,
    newDeviceCode: false,
    trustedBrowserDays: 30,
    accountClosingDays: 30,
    accountRegistration: { mode: 'closed' as const, domains: [] },
    attemptLimits: attemptLimits({
      triesPerIdentifier: 5,
      triesPerAddress: 100,
      waitSeconds: 30,
      longestWaitSeconds: 3600,
    }),
    codes: { minutes: 30, tries: 5, resendSeconds: 60, mailsPerHour: 6 },
    offersRegistration: false,
    trustedProxies: [],
    fetch: createGuardedFetch({ allowedHosts: [], extraCa: undefined, log }),
    clientDocumentHosts: [],
    registration: 'off' as const,
    sessions: { idleSeconds: 1_209_600, totalSeconds: 2_592_000, most: 100 },
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
    approvalAsked: () => Promise.resolve(),
    deviceDone: silent,
  };
  // A provider beside the one in the application: it makes what the load will use up, over the same store.
  return {
    provider: createProvider({
      ...deps,
      keys: deps.keys.current(),
      detailsTypes: deps.detailsTypes.current(),
      stops: {},
      pages,
    }),
    handler: createPublicApp(deps).handler,
    accountId,
    cookieKey: deps.keys.current().cookie[0] ?? '',
  };
}

async function metadataWithGrantsOfOurs() {
  return {
    ...client.metadata,
    grant_types: [...client.metadata.grant_types, grantTypes.exchange, grantTypes.assertion],
    resource_scopes: { [resource]: 'notes:read', [otherResource]: 'notes:read' },
    token_exchange: [{ from: resource, to: otherResource, mode: 'delegation' }],
    assertion_issuers: [
      { issuer: assertionIssuer, subject: 'account_id', jwks: { keys: [await assertionKey()] } },
    ],
  };
}
