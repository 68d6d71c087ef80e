import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { z } from 'zod';
import { AppError } from '../kernel/index.ts';
import type { RequestShape } from './define-operation.ts';
import { type Fault, faultsOf, type RequestPart, ValidationError } from './validation-error.ts';

const nothing = z.strictObject({});

const parseJson = bodyParser({
  enableTypes: ['json'],
  // The parser lays this over its own list, place by place.
  extendTypes: { json: ['application/json', 'application/merge-patch+json'] },
  jsonLimit: '1mb',
  onError(error) {
    throw error instanceof SyntaxError
      ? new AppError('invalid_request', 'The body is not JSON.', { cause: error })
      : error;
  },
});

export interface ParsedRequest {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** @throws ValidationError with all faults of path, query and body; AppError when there is no JSON to look at */
export async function readRequest(
  ctx: Context & { params: Record<string, string> },
  shape: RequestShape,
): Promise<ParsedRequest> {
  const faults: Fault[] = [];
  const check = (part: RequestPart, schema: z.ZodObject, value: unknown): unknown => {
    const result = schema.strict().safeParse(value);
    if (!result.success) faults.push(...faultsOf(part, result.error));
    return result.data;
  };
  const parsed = {
    params: check('path', shape.params ?? nothing, ctx.params),
    // Koa's query has no prototype, which Zod takes for something other than an object.
    query: check('query', shape.query ?? nothing, { ...ctx.query }),
    body: shape.body === undefined ? undefined : check('body', shape.body, await readJson(ctx)),
  };
  if (faults.length > 0) throw new ValidationError(faults);
  return parsed;
}

async function readJson(ctx: Context): Promise<unknown> {
  const type = ctx.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  if (ctx.is(type, 'application/json') === false) {
    throw new AppError('unsupported_media_type', `This address takes ${type}.`);
  }
  await parseJson(ctx, async () => {});
  return ctx.request.body;
}
