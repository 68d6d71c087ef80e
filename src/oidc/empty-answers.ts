import type { Context, Next } from 'koa';

/** The answer to a revocation is empty (RFC 7009 section 2.2). The provider calls that plain text, which some clients refuse. */
export async function emptyAnswers(ctx: Context, next: Next): Promise<void> {
  await next();
  if (ctx.body === '') ctx.remove('Content-Type');
}
