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
const secretFields: ReadonlySet<string> = new Set([
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
]);

const deepest = 2;

/** Lines have few fields, so walking them is many times faster than compiled paths with wildcards. */
function redact(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name];
    if (secretFields.has(name.toLowerCase())) clean[name] = '[redacted]';
    else if (typeof value !== 'object' || value === null || value instanceof Error) clean[name] = value;
    else if (Array.isArray(value)) clean[name] = value.map(each => redact({ each }, depth)['each']);
    else if (depth < deepest) clean[name] = redact(value as Record<string, unknown>, depth + 1);
    else clean[name] = '[more]';
  }
  return clean;
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
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redact(fields as Record<string, unknown>),
    },
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
  return pino(options, destination ?? buffered(1));
}

const writeAtBytes = 4096;
const writeEveryMs = 200;

/**
 * A write a line costs more than everything else about it, so lines are gathered, for a fifth of a second at most. They
 * are written when the process ends, also by an error; only what kills it outright loses them.
 */
export function buffered(file: number | string): DestinationStream {
  const destination = pino.destination({ dest: file, sync: false, minLength: writeAtBytes });
  setInterval(() => destination.flush(), writeEveryMs).unref();
  return destination;
}
