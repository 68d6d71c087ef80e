import type { RequestListener } from 'node:http';
import Koa, { type Middleware } from 'koa';
import compose from 'koa-compose';
import type { Provider } from 'oidc-provider';
import { accountsRepository, missingClaims } from './accounts/index.ts';
import { type Metrics, pinOrigin, requestLog, securityHeaders } from './http/index.ts';
import type { Clock } from './kernel/index.ts';
import type { KeyRing } from './keys/index.ts';
import type { Logger } from './log/index.ts';
import {
  authorizationByPost,
  type BackChannel,
  createBackChannel,
  createProvider,
  decideBackchannelRequest,
  echoInteractionId,
  emptyAnswers,
  endSessionsOf,
  isForPrograms,
  limitSessions,
  publicDocuments,
  type RefreshTokenPolicy,
  type RegistrationMode,
  recordSessions,
  recordUseOfClients,
  requestByReference,
  requestUnit,
  type SessionPolicy,
  watchProvider,
} from './oidc/index.ts';
import {
  createPages,
  createProviderPages,
  type PagesDeps,
  pageErrors,
  providerAnswers,
  serveAssets,
  throttleUserCodes,
} from './pages/index.ts';
import type { Access } from './rbac/index.ts';
import { isRegistrationOffered } from './registration/index.ts';
import { logoutQueue } from './sign-out/index.ts';
import type { ArtifactStore, Database, Sealer } from './store/index.ts';

export interface PublicAppDeps
  extends Omit<PagesDeps, 'provider' | 'cookieKeys' | 'hasGallery' | 'decide' | 'endSessions'> {
  database: Database;
  artifacts: ArtifactStore;
  access: Access;
  keys: KeyRing;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  trustedProxies: readonly string[];
  clientDocumentHosts: readonly string[];
  registration: RegistrationMode;
  refreshTokens: RefreshTokenPolicy;
  sessions: SessionPolicy;
  sealer: Sealer;
  mtlsOrigin: string | undefined;
  clientCertificateCa: string | undefined;
  isDevelopment: boolean;
}

export interface PublicApp {
  handler: RequestListener;
  /** What becomes of a request that a client made for somebody who is elsewhere. */
  decide: PagesDeps['decide'];
  /** Signs an account out everywhere. */
  endSessions: PagesDeps['endSessions'];
  /** Work that is due apart from any request. To be called again and again, in every process. */
  deliverLogouts(): Promise<number>;
  removeOldLogouts(): Promise<void>;
}

/** The public listener: what a request passes, from the outside in. */
export function createPublicApp(deps: PublicAppDeps): PublicApp {
  const { issuer, log, clock, templates, keys, metrics } = deps;
  const isHttps = issuer.startsWith('https:');
  const backChannel = createBackChannel({ queue: logoutQueue(deps), log });
  const engine = runningProvider(deps, backChannel);
  const decide = decideBackchannelRequest({ ...deps, provider: engine.provider });
  const pages: PagesDeps = {
    ...deps,
    decide,
    endSessions: endSessionsOf({ ...deps, provider: engine.provider }),
    provider: engine.provider,
    cookieKeys: () => keys.current().cookie,
    hasGallery: deps.isDevelopment,
  };
  const documents = publicDocuments({
    ...deps,
    count: metrics.tally(
      'gatehouse_public_documents_total',
      'Answers from memory to requests for discovery documents and keys.',
      'route',
    ),
  });
  const unit = requestUnit(deps);

  const app = new Koa();
  // Koa would print it: an answer that broke off half way, because the other side went away.
  app.on('error', (err: unknown) => log.warn({ err, event: 'response.broken' }, 'an answer broke off'));
  pinOrigin(app, { issuer, trustedProxies: deps.trustedProxies, log });
  app.use(
    requestLog({
      log,
      clock,
      surface: 'public',
      renderError: pageErrors(pages),
      observe: metrics.observeRequest,
    }),
  );
  app.use(securityHeaders({ isHttps, isForPrograms }));
  const forPrograms = compose([documents.keep, echoInteractionId, emptyAnswers, unit, engine.run]);
  const forPeople = compose([
    serveAssets(templates.assets),
    authorizationByPost,
    unit,
    requestByReference({ provider: engine.provider, fetch: deps.fetch }),
    createPages(pages),
    throttleUserCodes(pages),
    providerAnswers(pages),
    engine.run,
  ]);
  app.use(async (ctx, next) => {
    await (isForPrograms(ctx.path) ? forPrograms : forPeople)(ctx, next);
  });

  const useKeys = () => {
    app.keys = keys.current().cookie;
    documents.forget();
  };
  useKeys();
  keys.onChange(useKeys);
  deps.detailsTypes.onChange(() => documents.forget());

  const answer = app.callback();
  return {
    handler: (req, res) => {
      if (!documents.serve(req, res)) void answer(req, res);
    },
    decide,
    endSessions: pages.endSessions,
    deliverLogouts: () => backChannel.deliverDue(engine.provider()),
    removeOldLogouts: () => backChannel.removeOld(),
  };
}

/** The provider as of the latest keys and types of details. A request that is under way ends with the one it began with. */
function runningProvider(
  deps: PublicAppDeps,
  backChannel: BackChannel,
): { provider: () => Provider; run: Middleware } {
  const pages = createProviderPages(deps);
  const make = () => {
    const provider = createProvider({
      ...deps,
      keys: deps.keys.current(),
      detailsTypes: deps.detailsTypes.current(),
      offersRegistration: isRegistrationOffered(deps.accountRegistration),
      stops: {
        documents: async id => (await deps.documents.missing(id)).length > 0,
        profile: async id => {
          if (deps.profileRules.required.length === 0) return false;
          const account = await accountsRepository(deps.database).findById(id);
          return account !== undefined && missingClaims(account.claims, deps.profileRules).length > 0;
        },
      },
      pages,
    });
    watchProvider(provider, deps.log);
    recordUseOfClients(provider, deps);
    recordSessions(provider, {
      ...deps,
      limit: limitSessions({ ...deps, provider: () => provider, most: deps.sessions.most }),
    });
    backChannel.takeOver(provider);
    // The provider is a Koa application itself; its middleware runs in ours, so that there is one context a request.
    return { provider, run: compose(provider.middleware) };
  };
  let current = make();
  const remake = () => {
    current = make();
  };
  deps.keys.onChange(remake);
  deps.detailsTypes.onChange(remake);
  return { provider: () => current.provider, run: (ctx, next) => current.run(ctx, next) };
}
