import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { currentRequest } from './request-context.ts';
import { scrub } from './scrub.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Where lines go; standard output unless given. */
  destination?: DestinationStream;
}

/** Field names whose values never leave the process, at the top of a line or one or two objects down. */
const secretFields = [
  'password',
  'secret',
  'token',
  'code',
  'cookie',
  'authorization',
  'email',
  'identifier',
  'assertion',
  'access_token',
  'refresh_token',
  'id_token',
  'client_secret',
  'code_verifier',
  'id_token_hint',
  'login_hint',
  'set-cookie',
  'user_code',
  'device_code',
  'client_assertion',
  'csrf',
  'xsrf',
];

function redactedPaths(): string[] {
  return secretFields.flatMap(field => {
    const key = /^\w+$/.test(field) ? `.${field}` : `["${field}"]`;
    return [key.replace(/^\./, ''), `*${key}`, `*.*${key}`];
  });
}

interface Described {
  type: string;
  message: string;
  /** Not `code`: a field of that name is taken for an authorization code. */
  error_code?: string;
  detail?: string;
  stack?: string;
  cause?: Described;
}

/** Only named fields: database errors carry the offending values in properties of their own. */
function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)) };
  const {
    code,
    detail,
    error_detail: providerDetail,
  } = error as { code?: unknown; detail?: unknown; error_detail?: unknown };
  const isOurs = error.name === 'AppError' || typeof providerDetail === 'string';
  const inner = isOurs ? (providerDetail ?? detail) : undefined;
  return {
    type: error.name,
    message: scrub(error.message),
    ...(typeof code === 'string' ? { error_code: code } : {}),
    ...(typeof inner === 'string' ? { detail: scrub(inner) } : {}),
    ...(error.stack === undefined ? {} : { stack: scrub(error.stack) }),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** JSON lines with RFC 3339 times; inside a request every line carries its id. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: redactedPaths(), censor: '[redacted]' },
    serializers: { err: (error: unknown) => describeError(error) },
    mixin: () => {
      const request = currentRequest();
      return request === undefined ? {} : { request_id: request.requestId };
    },
    hooks: {
      logMethod(this: PinoLogger, args: Parameters<pino.LogFn>, method: pino.LogFn) {
        method.apply(
          this,
          args.map(value => (typeof value === 'string' ? scrub(value) : value)) as Parameters<pino.LogFn>,
        );
      },
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
