/**
 * Owns log lines: their form, the request id in each, and what is kept out of them.
 * Does not own what is worth logging.
 */
export { buffered, createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { currentRequest, type RequestContext, runInRequest } from './request-context.ts';
