import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Clock } from '../kernel/index.ts';
import { type Logger, runInRequest } from '../log/index.ts';
import { type RenderError, toAppError } from './errors.ts';

export interface RequestLogDeps {
  log: Logger;
  clock: Clock;
  /** Name of the listener in log lines and metrics. */
  surface: string;
  renderError: RenderError;
  observe: (request: {
    surface: string;
    method: string;
    route: string;
    status: number;
    seconds: number;
  }) => void;
}

/**
 * The outermost middleware: gives the request its id, turns whatever is thrown into an answer, and writes one line
 * when it is done. The line names the route, never the URL: paths and queries carry codes, tokens and uids.
 */
export function requestLog({ log, clock, surface, renderError, observe }: RequestLogDeps): Middleware {
  return (ctx, next) => {
    const requestId = randomUUID();
    ctx.state['requestId'] = requestId;
    ctx.set('X-Request-Id', requestId);
    const startedAt = clock.now();

    const from = { address: ctx.ip, userAgent: ctx.get('User-Agent') };
    return runInRequest({ requestId, ...from }, async () => {
      try {
        await next();
        if (ctx.status === 404 && ctx.body === undefined) ctx.throw(404);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.status >= 500) log.error({ err: error, event: 'request.failed' }, error.message);
        ctx.status = error.status;
        if (error.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(error.retryAfterSeconds));
        await renderError(ctx, error);
      }
      const seconds = (clock.now() - startedAt) / 1000;
      const route = routeOf(ctx.state, ctx.path);
      observe({ surface, method: ctx.method, route, status: ctx.status, seconds });
      // The proxy and the metrics count what went well; a line for each would cost a tenth of a token request.
      log[ctx.status < 400 ? 'debug' : 'info'](
        { surface, method: ctx.method, route, status: ctx.status, seconds, event: 'request.done' },
        'request',
      );
    });
  };
}

/** The pattern a router matched, or else the first segment of the path if it looks like one of ours. */
function routeOf(state: Record<string, unknown>, path: string): string {
  const known = state['route'];
  if (typeof known === 'string') return known;
  const first = /^\/[a-z.-]{1,30}(?=\/|$)/.exec(path)?.[0];
  return first === undefined ? '/' : first;
}
