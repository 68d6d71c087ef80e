import Koa from 'koa';
import { type Metrics, pinOrigin, requestLog, securityHeaders } from './http/index.ts';
import type { Clock } from './kernel/index.ts';
import type { Logger } from './log/index.ts';
import {
  authorizationByPost,
  createProvider,
  isForPrograms,
  type ProviderDeps,
  requestUnit,
  watchProvider,
} from './oidc/index.ts';
import {
  createPages,
  createProviderPages,
  type PagesDeps,
  pageErrors,
  providerAnswers,
  serveAssets,
} from './pages/index.ts';
import type { ArtifactStore, Database } from './store/index.ts';

export interface PublicAppDeps extends Omit<PagesDeps, 'provider' | 'cookieKeys' | 'hasGallery'> {
  database: Database;
  artifacts: ArtifactStore;
  keys: ProviderDeps['keys'];
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  trustedProxies: readonly string[];
  isDevelopment: boolean;
}

/** The public listener: what a request passes, from the outside in. */
export function createPublicApp(deps: PublicAppDeps): Koa {
  const { issuer, log, clock, templates, keys } = deps;
  const provider = createProvider({ ...deps, pages: createProviderPages(deps) });
  watchProvider(provider, log);
  const pages: PagesDeps = {
    ...deps,
    provider: () => provider,
    cookieKeys: keys.cookie,
    hasGallery: deps.isDevelopment,
  };

  const app = new Koa();
  app.keys = keys.cookie;
  // Koa would print it: an answer that broke off half way, because the other side went away.
  app.on('error', (err: unknown) => log.warn({ err, event: 'response.broken' }, 'an answer broke off'));
  pinOrigin(app, { issuer, trustedProxies: deps.trustedProxies });
  app.use(
    requestLog({
      log,
      clock,
      surface: 'public',
      renderError: pageErrors(pages),
      observe: deps.metrics.observeRequest,
    }),
  );
  app.use(securityHeaders({ isHttps: issuer.startsWith('https:'), isForPrograms }));
  app.use(serveAssets(templates.assets));
  app.use(authorizationByPost);
  app.use(requestUnit(deps));
  app.use(createPages(pages));
  app.use(providerAnswers(pages));
  // The provider is a Koa application itself; its middleware runs in ours, so that there is one context a request.
  for (const middleware of provider.middleware) app.use(middleware);
  return app;
}
