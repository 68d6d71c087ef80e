import { bodyParser } from '@koa/bodyparser';
import type { Context, Next } from 'koa';
import { AppError } from '../kernel/index.ts';

/** Node refuses header lines beyond 16 KB in sum, and the address is one of them. */
const longestQuery = 12_000;

const read = bodyParser({ enableTypes: ['form'], formLimit: '16kb', encoding: 'utf-8' });

/**
 * An authorization request may come by POST (OpenID Connect Core 1.0 section 3.1.2.1). It is sent on as the same request
 * by GET: a form of another site brings no cookies of ours, a redirect does.
 */
export async function authorizationByPost(ctx: Context, next: Next): Promise<void> {
  if (ctx.method !== 'POST' || ctx.path !== '/auth') {
    await next();
    return;
  }
  await read(ctx, () => Promise.resolve());
  const { rawBody } = ctx.request as { rawBody?: string };
  // As it came, so that a parameter that came twice is refused.
  const query = new URLSearchParams(rawBody ?? '').toString();
  if (query.length > longestQuery) {
    throw new AppError('payload_too_large', 'The request is too long. Push it instead (RFC 9126).');
  }
  ctx.status = 303;
  ctx.redirect(`/auth?${query}`);
}
