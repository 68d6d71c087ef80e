import { errors } from 'oidc-provider';
import { AppError } from '../kernel/index.ts';

/**
 * The provider's error handlers know only its own errors; anything else becomes `server_error`. A store that does not
 * answer is `temporarily_unavailable` (RFC 6749 section 4.1.2.1) with status 503, so that callers come back. What it cannot
 * keep is `invalid_request`.
 */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toProviderError(error);
  }
}

function toProviderError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.code === 'invalid_request') {
    return Object.assign(new errors.InvalidRequest(error.message), { cause: error });
  }
  if (error.status !== 503) return error;
  const translated = new errors.TemporarilyUnavailable(error.message, error.detail);
  return Object.assign(translated, { status: 503, statusCode: 503, expose: true, cause: error });
}
