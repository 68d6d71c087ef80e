import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { RenderError } from '../http/index.ts';
import type { AppError } from '../kernel/index.ts';
import { ChallengeError } from './challenge-error.ts';
import { ValidationError } from './validation-error.ts';

const fault = z.object({
  pointer: z.string().meta({
    description: 'The place, as a JSON Pointer (RFC 6901) that starts with /path, /query or /body.',
  }),
  code: z.string(),
  detail: z.string(),
});

/** RFC 9457, with members of our own: `code` is what programs should look at. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'Always about:blank: the status and the code say it all.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence for people. It may change.' }),
    code: z.string().meta({ description: 'The kind of the problem. It does not change; new ones may come.' }),
    request_id: z.string().meta({ description: 'Stands in the log lines of this request.' }),
    errors: z.array(fault).meta({ description: 'Which parts of the request are wrong, if any.' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });

export type Problem = z.infer<typeof problem>;

export const problemMediaType = 'application/problem+json';

export function problemOf(error: AppError, requestId: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    errors: error instanceof ValidationError ? [...error.faults] : [],
  };
}

/** @param realm the API, by its resource indicator */
export function problemRenderer(realm: string): RenderError {
  return (ctx, error) => {
    if (error instanceof ChallengeError) ctx.set('WWW-Authenticate', error.header(realm));
    ctx.set({ 'Content-Type': problemMediaType, 'Cache-Control': 'no-store' });
    ctx.body = JSON.stringify(problemOf(error, String(ctx.state['requestId'])));
  };
}
