import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known about the request under way, wherever in the code we are. */
export interface RequestContext {
  /** Stands in every log line of the request, in X-Request-Id, and as the support id on error pages. */
  requestId: string;
  /** Where it came from. Never in a log line. */
  address?: string;
  /** What the browser says of itself. Never in a log line. */
  userAgent?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

export function runInRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}
