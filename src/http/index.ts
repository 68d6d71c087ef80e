/**
 * Owns what all listeners share: opening and draining, request ids and log lines, error answers, security headers,
 * the pinned origin, metrics, and the one way out to addresses that others chose. Does not own any route.
 */
export { type RenderError, toAppError } from './errors.ts';
export {
  createGuardedFetch,
  type GuardedFetch,
  type GuardedFetchOptions,
} from './guarded-fetch.ts';
export { type Listener, listen } from './listener.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { pinOrigin } from './pin-origin.ts';
export { requestLog } from './request-log.ts';
export { securityHeaders } from './security-headers.ts';
