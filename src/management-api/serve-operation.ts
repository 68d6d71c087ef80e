import type { RouterMiddleware } from '@koa/router';
import type { Authenticate } from './authenticate.ts';
import { authorize } from './authorize.ts';
import type { Operation, OperationDeps } from './define-operation.ts';
import { readRequest } from './read-request.ts';

/** Who is it, may they, what do they want, do it: in this order, so that a stranger learns nothing but 401. */
export function serveOperation(
  deps: OperationDeps & { authenticate: Authenticate },
  operation: Operation,
): RouterMiddleware {
  return async ctx => {
    ctx.state['route'] = operation.path;
    const caller = await deps.authenticate(ctx.get('Authorization'));
    authorize(caller, operation.permission);
    const input = await readRequest(ctx, operation.request);
    const { status, body } = await operation.handle(deps, { caller, ...input });
    const answer = operation.responses[status];
    if (answer === undefined) throw new Error(`${operation.operationId} does not document status ${status}`);
    ctx.status = status;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = answer.schema.parse(body);
  };
}
