import Koa, { type Context } from 'koa';
import { type Metrics, requestLog, securityHeaders } from '../http/index.ts';
import { AppError, type Clock } from '../kernel/index.ts';
import { createReadiness, type ReadinessDeps } from './readiness.ts';

interface OperationsDeps extends ReadinessDeps {
  metrics: Metrics;
  clock: Clock;
  observe: Metrics['observeRequest'];
  /** True from the moment on at which no new requests should be sent here. */
  isDraining: () => boolean;
}

const policy = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };

/** The listener for load balancers, orchestrators and Prometheus. It asks nobody who they are: keep it private. */
export function createOperations(deps: OperationsDeps): Koa {
  const { metrics, clock, log, observe, isDraining } = deps;
  const readiness = createReadiness(deps);

  const answers: Readonly<Record<string, (ctx: Context) => void | Promise<void>>> = {
    /** Only a process that no longer answers should be restarted: a database that is away does not count. */
    '/livez': ctx => {
      ctx.body = { status: 'ok' };
    },
    '/readyz': async ctx => {
      if (isDraining()) {
        ctx.status = 503;
        ctx.body = { status: 'draining' };
        return;
      }
      const { isReady, checks } = await readiness();
      ctx.status = isReady ? 200 : 503;
      ctx.body = { status: isReady ? 'ready' : 'not_ready', checks };
    },
    '/metrics': async ctx => {
      const text = await metrics.registry.metrics();
      ctx.set('Content-Type', metrics.registry.contentType);
      ctx.body = text;
    },
  };

  const app = new Koa();
  // Koa would print it: an answer that broke off half way, because the other side went away.
  app.on('error', (err: unknown) => log.warn({ err, event: 'response.broken' }, 'an answer broke off'));
  app.use(requestLog({ log, clock, observe, surface: 'operations', renderError }));
  app.use(securityHeaders({ isHttps: false, directives: policy }));
  app.use(async ctx => {
    const answer = Object.hasOwn(answers, ctx.path) ? answers[ctx.path] : undefined;
    if (answer === undefined) throw new AppError('not_found', 'There is nothing at this address.');
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') {
      ctx.set('Allow', 'GET, HEAD');
      throw new AppError('method_not_allowed', 'This address does not take that method.');
    }
    ctx.set('Cache-Control', 'no-store');
    await answer(ctx);
  });
  return app;
}

function renderError(ctx: Context, { code, message }: AppError): void {
  ctx.body = { error: code, message };
}
