/** Every way in which a request can fail for a reason of ours, and the HTTP status that goes with it. */
const statusOf = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  csrf: 403,
  not_found: 404,
  method_not_allowed: 405,
  interaction_expired: 400,
  conflict: 409,
  precondition_failed: 412,
  precondition_required: 428,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
  overloaded: 503,
} as const;

export type ErrorCode = keyof typeof statusOf;

export interface AppErrorOptions {
  /** For the log only: never leaves the process. */
  detail?: string;
  cause?: unknown;
  /** Seconds after which the caller may try again; becomes Retry-After. */
  retryAfterSeconds?: number;
}

/** An expected failure. `message` is written for the person or script that reads it; `detail` for the operator. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.status = statusOf[code];
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A store we depend on does not answer. Clients are told to come back; nothing is assumed to have happened. */
export function unavailable(what: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'The service is not available at the moment. Try again in a few seconds.',
    {
      detail: what,
      cause,
      retryAfterSeconds: 2,
    },
  );
}

/**
 * A reason not to start: one clear sentence for the operator, without a stack. `server.ts` prints it and exits
 * with a non-zero code.
 */
export class StartupError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StartupError';
  }
}
