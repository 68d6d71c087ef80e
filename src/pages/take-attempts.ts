import type { Context } from 'koa';
import { type Attempt, attemptsRepository, clientNetwork } from '../throttling/index.ts';
import type { PagesDeps } from './pages-deps.ts';
import type { Message } from './view.ts';

/**
 * Counts an attempt everywhere it counts, before anything is looked at.
 * @returns the seconds to wait; 0 where it may be made
 */
export async function takeAttempts(deps: PagesDeps, attempts: readonly Attempt[]): Promise<number> {
  const repository = attemptsRepository(deps);
  for (const attempt of attempts) {
    const wait = await repository.take(attempt);
    if (wait > 0) {
      const { name } = attempt.limit;
      deps.log.info({ event: 'attempt.refused', limit: name, wait_seconds: wait }, 'too many attempts');
      return wait;
    }
  }
  return 0;
}

/** Of those that send a mail, wherever to. */
export function takeMailAttempt(deps: PagesDeps, ctx: Context): Promise<number> {
  return takeAttempts(deps, [{ limit: deps.attemptLimits.mailFromAddress, subject: clientNetwork(ctx.ip) }]);
}

/** The same for everybody, known or unknown. */
export function tooMany(waitSeconds: number): Message {
  return { key: 'attempts.too-many', values: { minutes: Math.ceil(waitSeconds / 60) } };
}
