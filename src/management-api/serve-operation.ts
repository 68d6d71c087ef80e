import type { RouterMiddleware } from '@koa/router';
import type { Authenticate } from './authenticate.ts';
import { authorize, type StepUp } from './authorize.ts';
import { needsVersion, type Operation, type OperationDeps } from './define-operation.ts';
import { readRequest } from './read-request.ts';
import { isKnown, readVersion } from './versions.ts';

export type ServeDeps = OperationDeps & { authenticate: Authenticate; stepUp: StepUp };

/** Who is it, may they, what do they want, do it: in this order, so that a stranger learns nothing but 401. */
export function serveOperation(deps: ServeDeps, operation: Operation): RouterMiddleware {
  return async ctx => {
    ctx.state['route'] = operation.path;
    const caller = await deps.authenticate(ctx.get('Authorization'));
    await authorize(deps, caller, operation, ctx.params);
    const version = needsVersion(operation) ? readVersion(ctx.get('If-Match')) : undefined;
    const input = await readRequest(ctx, operation.request);
    const { status, body, version: current } = await operation.handle(deps, { caller, version, ...input });
    const answer = operation.responses[status];
    if (answer === undefined) throw new Error(`${operation.operationId} does not document status ${status}`);
    ctx.set('Cache-Control', 'no-store');
    if (current !== undefined) ctx.set('ETag', `"${current}"`);
    ctx.status = status;
    if (status === 204) return;
    ctx.body = answer.schema.parse(body);
    // Who has this version already needs no other.
    if (ctx.method === 'GET' && current !== undefined && isKnown(ctx.get('If-None-Match'), current)) {
      ctx.status = 304;
    }
  };
}
