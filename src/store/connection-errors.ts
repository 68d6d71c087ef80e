import { unavailable } from '../kernel/index.ts';

/** PostgreSQL: class 08, shutting down, starting up, too many connections. Prisma: cannot reach, timed out, closed, pool exhausted. */
const codes =
  /^(08\w{3}|57P0[1-5]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|P1001|P1002|P1008|P1017|P2024|P2037)$/;

const messages =
  /connection terminated|timeout exceeded when trying to connect|connection ended|cannot use a pool after|server closed the connection|Query read timeout/i;

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && codes.test(code)) return true;
  return messages.test(error.message) || (cause !== undefined && isConnectionError(cause));
}

/** A database that does not answer is 503, not 500: callers may try again, and nothing is assumed to have happened. */
export function translateError(error: unknown): unknown {
  return isConnectionError(error) ? unavailable('database', error) : error;
}
