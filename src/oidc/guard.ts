import { errors } from 'oidc-provider';
import { AppError } from '../kernel/index.ts';

/**
 * The provider's error handlers know only its own errors; anything else becomes `server_error`. A store that does not
 * answer is `temporarily_unavailable` (RFC 6749 section 4.1.2.1) with status 503, so that callers come back.
 */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toProviderError(error);
  }
}

function toProviderError(error: unknown): unknown {
  if (!(error instanceof AppError) || error.status !== 503) return error;
  const translated = new errors.TemporarilyUnavailable(error.message, error.detail);
  return Object.assign(translated, { status: 503, statusCode: 503, expose: true, cause: error });
}
