import { AppError, unavailable } from '../kernel/index.ts';

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

/** A NUL, which no text of PostgreSQL has, and half of a surrogate pair, which is no text at all (RFC 8259 section 8.2). */
const unstorable = /^(22021|22P05)$/;
const notJson = /invalid input syntax for type json/;

interface Failure {
  code?: unknown;
  cause?: unknown;
  kind?: unknown;
  originalCode?: unknown;
  message?: unknown;
  originalMessage?: unknown;
  meta?: { driverAdapterError?: unknown };
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** The error itself, and whatever it was made of. */
function isOrWraps(error: unknown, test: (failure: Failure) => boolean): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause, meta } = error as Failure;
  return test(error) || isOrWraps(cause, test) || isOrWraps(meta?.driverAdapterError, test);
}

function isConnectionError({ code, kind, originalCode, message }: Failure): boolean {
  return (
    matches(codes, code) || matches(codes, originalCode) || matches(kinds, kind) || matches(messages, message)
  );
}

function isUnstorable({ code, originalCode, message, originalMessage }: Failure): boolean {
  return (
    matches(unstorable, code) ||
    matches(unstorable, originalCode) ||
    matches(notJson, message) ||
    matches(notJson, originalMessage)
  );
}

/**
 * A database that does not answer is 503, not 500: callers may try again, and nothing is assumed to have happened.
 * Characters that it cannot keep were sent by somebody, and are that request's mistake wherever in it they stood.
 */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isOrWraps(error, isConnectionError)) return unavailable('database', error);
  if (!isOrWraps(error, isUnstorable)) return error;
  return new AppError('invalid_request', 'The request has characters that are not text.', { cause: error });
}
