import Koa, { type Middleware } from 'koa';
import { type Metrics, requestLog, securityHeaders } from '../http/index.ts';
import { AppError } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import { type AuthenticateDeps, createAuthenticate } from './authenticate.ts';
import type { StepUp } from './authorize.ts';
import { addAuthzenConfiguration } from './authzen-configuration.ts';
import type { Operation, OperationDeps } from './define-operation.ts';
import { addDocs } from './docs.ts';
import { openApiDocument } from './openapi.ts';
import { operations } from './operations/index.ts';
import { problemRenderer } from './problem.ts';
import { managementResource } from './resource-server.ts';
import { createRouter } from './router.ts';

interface ManagementApiDeps extends OperationDeps, Omit<AuthenticateDeps, keyof OperationDeps> {
  log: Logger;
  observe: Metrics['observeRequest'];
  /** True when callers reach this listener over https. */
  isHttps: boolean;
  stepUp: StepUp;
  /** Where callers reach this listener. */
  url: string | undefined;
}

const policy = {
  defaultSrc: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/** The listener for administrators' tools. No cookies are read or set, and no other origin is let in by CORS. */
export function createManagementApi(deps: ManagementApiDeps, served: readonly Operation[] = operations): Koa {
  const { issuer, clock, log, observe, isHttps } = deps;
  const router = createRouter({ ...deps, authenticate: createAuthenticate(deps) }, served);
  const document = JSON.stringify(openApiDocument(deps, served));
  router.get('/api/openapi.json', ctx => {
    ctx.set({ 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' });
    ctx.body = document;
  });
  addAuthzenConfiguration(router, deps.url);
  addDocs(router, { isHttps });

  const app = new Koa();
  // Koa would print it: an answer that broke off half way, because the other side went away.
  app.on('error', (err: unknown) => log.warn({ err, event: 'response.broken' }, 'an answer broke off'));
  const renderError = problemRenderer(managementResource(issuer));
  app.use(requestLog({ log, clock, observe, surface: 'management', renderError }));
  app.use(securityHeaders({ isHttps, directives: policy }));
  app.use(refuseOtherMethods);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** The router sets the status and Allow; this gives the answer its body. */
const refuseOtherMethods: Middleware = async (ctx, next) => {
  await next();
  if (ctx.status === 405) throw new AppError('method_not_allowed', 'This address does not take that method.');
};
