import { METHODS } from 'node:http';
import { Router } from '@koa/router';
import type { Operation } from './define-operation.ts';
import { type ServeDeps, serveOperation } from './serve-operation.ts';

/** A route for every operation. Addresses are exact: no trailing slash, no other case. */
export function createRouter(deps: ServeDeps, operations: readonly Operation[]): Router {
  // With every method known, a strange one gets 405 like any other that an address does not take.
  const router = new Router({ strict: true, sensitive: true, methods: METHODS });
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [operation.method], serveOperation(deps, operation));
  }
  return router;
}
