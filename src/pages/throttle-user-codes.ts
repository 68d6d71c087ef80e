import type { Middleware } from 'koa';
import { AppError } from '../kernel/index.ts';
import { attemptsRepository, clientNetwork } from '../throttling/index.ts';
import type { PagesDeps } from './pages-deps.ts';
import { takeAttempts } from './take-attempts.ts';

/** Where people enter what their device shows. */
const path = '/device';

/** User codes are short; who tries many of them from one network has to wait (RFC 8628 section 5.1). */
export function throttleUserCodes(deps: PagesDeps): Middleware {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== path) {
      await next();
      return;
    }
    const attempt = { limit: deps.attemptLimits.userCodeFromAddress, subject: clientNetwork(ctx.ip) };
    const wait = await takeAttempts(deps, [attempt]);
    if (wait > 0) {
      throw new AppError('too_many_requests', 'Too many codes were tried.', { retryAfterSeconds: wait });
    }
    await next();
    // 422 is a code that is none, see provider-pages.ts.
    if (ctx.status !== 422) await attemptsRepository(deps).giveBack(attempt);
  };
}
