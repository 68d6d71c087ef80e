import { availableParallelism } from 'node:os';
import { createSetupLink } from '../accounts/index.ts';
import { createPublicApp } from '../app.ts';
import { avatarStore, createAvatarEncoder } from '../avatars/index.ts';
import { resealClientSecrets } from '../clients/index.ts';
import type { Settings } from '../config/index.ts';
import type { DemoFacts, startDemo } from '../demo/index.ts';
import { documentsOf, loadDocuments } from '../documents/index.ts';
import { createGuardedFetch, createMetrics, type Listener, listen } from '../http/index.ts';
import type { Clock } from '../kernel/index.ts';
import { localPrivateKeys, openKeyRing, type PrivateKeys } from '../keys/index.ts';
import type { Logger } from '../log/index.ts';
import { createMailer, createOutbox } from '../mail/index.ts';
import { createManagementApi } from '../management-api/index.ts';
import { trustAttestationRoots } from '../mfa/index.ts';
import { openAuthorizationDetailsTypes } from '../oidc/index.ts';
import { createOperations } from '../operations/index.ts';
import { createPasswordHasher, openBreachedPasswords, passwordPolicies } from '../passwords/index.ts';
import { createAccess } from '../rbac/index.ts';
import { createSealer, lockDataDir } from '../store/index.ts';
import { collectClosers } from './close-all.ts';
import { encryptionKeys } from './encryption-keys.ts';
import { openArtifacts, openUpToDateDatabase } from './open-storage.ts';
import { openTemplates } from './open-templates.ts';
import {
  codePolicy,
  factorPolicies,
  limitsOnAttempts,
  passkeyRules,
  profileRules,
  rotationPolicy,
} from './policies.ts';
import { doRegularWork } from './regular-work.ts';
import { saveOwnRecords } from './save-own-records.ts';

export interface Gatehouse {
  issuer: string;
  /** For the first administrator; undefined when there is one. */
  setupUrl: string | undefined;
  /** Development only. */
  demo: DemoFacts | undefined;
  /** Not ready → requests under way finish → everything closes. */
  close(): Promise<void>;
}

export interface StartInput {
  settings: Settings;
  clock: Clock;
  log: Logger;
  /** Elsewhere than here: in a key management service. */
  privateKeys?: PrivateKeys;
}

/**
 * Brings everything up in the order below, or nothing.
 * @throws StartupError with one sentence for the operator
 */
export async function startGatehouse(input: StartInput): Promise<Gatehouse> {
  const closers = collectClosers();
  try {
    return await start(input, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(
  { settings, clock, log, privateKeys = localPrivateKeys }: StartInput,
  closers: ReturnType<typeof collectClosers>,
): Promise<Gatehouse> {
  const { issuer } = settings;
  const isDevelopment = settings.mode === 'development';
  const isHttps = issuer.startsWith('https:');
  const metrics = createMetrics();
  // With a database of its own the folder is held by that; in any case two copies must not share demo.json and keys.
  if (isDevelopment && settings.databaseUrl !== undefined) closers.add(await lockDataDir(settings.dataDir));
  const database = await openUpToDateDatabase({ settings, clock, closers });
  const sealer = createSealer(encryptionKeys(settings));
  const artifacts = await openArtifacts({ settings, clock, closers, log }, database);
  const keys = await openKeyRing({
    database,
    sealer,
    privateKeys,
    clock,
    log,
    policy: rotationPolicy(settings),
  });
  closers.add(() => keys.close());
  await resealClientSecrets({ database, sealer });
  await saveOwnRecords({ database, clock, sealer }, issuer);
  const hasher = await createPasswordHasher({
    concurrency: settings.passwordHashConcurrency ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    queue: settings.passwordHashQueue,
    peppers: settings.passwordPeppers,
  });
  closers.add(() => hasher.close());
  metrics.gauge(
    'gatehouse_password_hashes_waiting',
    'Password hashes that wait for a thread.',
    () => hasher.waiting,
  );
  metrics.gauge(
    'gatehouse_password_hashes_refused',
    'Password hashes refused because too many waited, since the start.',
    () => hasher.refused,
  );

  const countBreachFailures = metrics.tally(
    'gatehouse_breached_passwords_failures_total',
    'Times nobody could be asked whether a password is known from a breach.',
    'reason',
  );

  const open = async (
    name: 'port' | 'managementPort' | 'operationsPort',
    setting: string,
    handler: Parameters<typeof listen>[0],
  ) => {
    const listener = await listen(handler, { port: settings[name], address: settings.bindAddress, setting });
    closers.add(() => listener.close(settings.shutdownGraceSeconds));
    return listener;
  };

  // Opened first and closed last: it says while the others drain that this process is not ready.
  let isDraining = false;
  const operations = await open(
    'operationsPort',
    'OPERATIONS_PORT',
    createOperations({
      metrics,
      clock,
      log,
      observe: metrics.observeRequest,
      checks: { database: () => database.ping(), artifacts: () => artifacts.ping() },
      isDraining: () => isDraining,
    }).callback(),
  );

  const demo = isDevelopment ? await demoFor({ settings, clock, database, hasher, sealer }) : undefined;
  if (demo !== undefined) closers.add(() => demo.close());
  const fetch = createGuardedFetch({
    allowedHosts: settings.dangerouslyFetchFrom,
    extraCa: settings.outgoingCa,
    log,
  });
  const templates = openTemplates();
  const mailer = createMailer({ url: settings.smtpUrl ?? demo?.smtpUrl, from: settings.mailFrom });
  const outbox = createOutbox({ database, clock, sealer, log, templates, mailer });
  closers.add(() => outbox.close());
  const detailsTypes = await openAuthorizationDetailsTypes({ database, log });
  closers.add(() => detailsTypes.close());
  const limits = limitsOnAttempts(settings);
  const codes = codePolicy(settings);
  const breaches = await openBreachedPasswords({
    file: settings.breachedPasswordsList,
    url: settings.breachedPasswordsUrl,
    fetch,
    log,
    onFailure: () => countBreachFailures('unreachable'),
  });
  closers.add(() => breaches.close());
  trustAttestationRoots(settings.passkeyAttestationRoots);
  const documents = documentsOf({ database, clock, sealer, current: loadDocuments(settings.documentsDir) });
  await documents.remember();
  const access = createAccess({ database, clock });
  const publicApp = createPublicApp({
    issuer,
    database,
    artifacts,
    access,
    keys,
    hasher,
    clock,
    log,
    metrics,
    templates,
    outbox,
    trustedProxies: settings.trustedProxies,
    fetch,
    clientDocumentHosts: settings.clientDocumentHosts,
    attemptLimits: limits,
    codes,
    passwordPolicy: passwordPolicies[settings.passwordPolicy],
    breaches,
    onUnknownBreach: settings.breachedPasswordsOnFailure,
    documents,
    profileRules: profileRules(settings),
    avatars: avatarStore(database),
    encodeAvatar: createAvatarEncoder({ mostPixels: settings.avatarMegapixels * 1_000_000 }),
    avatarMegabytes: settings.avatarMegabytes,
    avatarMegapixels: settings.avatarMegapixels,
    exportPolicy: { days: settings.exportDays, everyHours: settings.exportEveryHours },
    factorPolicies: factorPolicies(settings),
    passkeyRules: passkeyRules(settings),
    signInByMail: settings.signInByMail === 'on',
    newDeviceCode: settings.newDeviceCode === 'on',
    trustedBrowserDays: settings.trustedBrowserDays,
    accountClosingDays: settings.accountClosingDays,
    accountRegistration: {
      mode: settings.accountRegistration,
      domains: settings.accountRegistrationDomains,
    },
    registration: settings.dangerouslyOpenRegistration === undefined ? settings.clientRegistration : 'open',
    sessions: {
      idleSeconds: settings.sessionIdleDays * daySeconds,
      totalSeconds: settings.sessionTotalDays * daySeconds,
      most: settings.sessionsPerAccount,
    },
    refreshTokens: {
      idleSeconds: settings.refreshTokenIdleDays * daySeconds,
      totalSeconds: settings.refreshTokenTotalDays * daySeconds,
      retrySeconds: settings.refreshTokenRetrySeconds,
    },
    sealer,
    detailsTypes,
    mtlsOrigin: settings.mtlsOrigin,
    clientCertificateCa: settings.clientCertificateCa,
    isDevelopment,
  });
  await open('port', 'PORT', publicApp.handler);
  closers.add(
    doRegularWork(
      {
        publicApp,
        outbox,
        database,
        artifacts,
        keys,
        clock,
        sealer,
        log,
        issuer,
        attemptLimits: limits,
        codes,
        locales: templates.locales,
      },
      settings,
    ),
  );
  const management = await open(
    'managementPort',
    'MANAGEMENT_PORT',
    createManagementApi({
      issuer,
      sealer,
      decide: publicApp.decide,
      outbox,
      factorResetApproval: settings.factorResetApproval,
      url: settings.managementUrl,
      access,
      stepUp:
        settings.administratorStepUp === 'on'
          ? { maxAgeSeconds: settings.administratorSignInMinutes * 60 }
          : undefined,
      database,
      keys,
      clock,
      log,
      observe: metrics.observeRequest,
      isHttps,
    }).callback(),
  );
  const setupToken = await createSetupLink({ database, clock });

  return {
    issuer,
    setupUrl: setupToken === undefined ? undefined : `${issuer}/setup/${setupToken}`,
    demo: demo?.publish({ managementUrl: local(management), operationsUrl: local(operations) }),
    async close() {
      isDraining = true;
      await closers.closeAll();
    },
  };
}

const daySeconds = 24 * 60 * 60;

/** Not even loaded in production, where its parts are not installed. */
async function demoFor(deps: Parameters<typeof startDemo>[0]) {
  const { startDemo } = await import('../demo/index.ts');
  return startDemo(deps);
}

function local({ port }: Listener): string {
  return `http://localhost:${port}`;
}
