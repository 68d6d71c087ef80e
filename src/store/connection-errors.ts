import { unavailable } from '../kernel/index.ts';

/**
 * PostgreSQL: connection errors (class 08), shutting down, starting up, too many connections, statement timed out.
 * Prisma: cannot reach, timed out, closed, no connection or no transaction to be had in time.
 */
const codes =
  /^(08\w{3}|57014|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/;

/** What Prisma's driver adapter calls the same things; the only trace of them in the error of a raw query. */
const kinds = /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;

const messages =
  /connection terminated|timeout exceeded when trying to connect|connection ended|cannot use a pool after|server closed the connection|is not queryable|Query read timeout/i;

interface Failure {
  code?: unknown;
  cause?: unknown;
  kind?: unknown;
  originalCode?: unknown;
  message?: unknown;
  meta?: { driverAdapterError?: unknown };
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, cause, kind, originalCode, message, meta } = error as Failure;
  return (
    matches(codes, code) ||
    matches(codes, originalCode) ||
    matches(kinds, kind) ||
    matches(messages, message) ||
    isConnectionError(cause) ||
    isConnectionError(meta?.driverAdapterError)
  );
}

/** A database that does not answer is 503, not 500: callers may try again, and nothing is assumed to have happened. */
export function translateError(error: unknown): unknown {
  return error instanceof Error && isConnectionError(error) ? unavailable('database', error) : error;
}
