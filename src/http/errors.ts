import type { Context } from 'koa';
import { AppError } from '../kernel/index.ts';

/** One way to show an error: OAuth JSON, problem+json, or a page. Each surface passes its own. */
export type RenderError = (ctx: Context, error: AppError) => void | Promise<void>;

interface HttpErrorLike {
  status: number;
  message: string;
}

function isHttpError(error: unknown): error is HttpErrorLike {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}

/** Anything thrown becomes an AppError; what nobody expected becomes `internal` and keeps its cause for the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // The provider wraps what its adapter threw.
  if (error instanceof Error && error.cause instanceof AppError) return error.cause;
  if (isHttpError(error)) {
    if (error.status === 404)
      return new AppError('not_found', 'There is nothing at this address.', { cause: error });
    if (error.status === 405)
      return new AppError('method_not_allowed', 'This address does not take that method.', { cause: error });
    if (error.status === 413)
      return new AppError('payload_too_large', 'The request is too large.', { cause: error });
    if (error.status === 415) {
      return new AppError(
        'unsupported_media_type',
        'The request is in a format that this address does not take.',
        { cause: error },
      );
    }
    if (error.status < 500)
      return new AppError('invalid_request', 'The request could not be understood.', { cause: error });
  }
  return new AppError('internal', 'Something went wrong on our side.', { cause: error });
}
