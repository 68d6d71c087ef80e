import type { Context } from 'koa';
import { type Attempt, attemptsRepository, clientNetwork } from '../throttling/index.ts';
import { knownDevice } from './known-device.ts';
import type { PagesDeps } from './pages-deps.ts';

/** Counted by who tries and by whom it is tried for; where that person signed in before, apart from all others. */
export function passwordAttempts(
  deps: PagesDeps,
  ctx: Context,
  person: string,
): { fromAddress: Attempt; ofPerson: Attempt } {
  const { passwordFromAddress, passwordOfIdentifier } = deps.attemptLimits;
  return {
    fromAddress: { limit: passwordFromAddress, subject: clientNetwork(ctx.ip) },
    ofPerson: onDevice(deps, ctx, person) ?? { limit: passwordOfIdentifier, subject: person },
  };
}

/** Whoever proved to read the mail of this person, in a browser of theirs. */
export async function forgetOnDevice(deps: PagesDeps, ctx: Context, person: string): Promise<void> {
  const attempt = onDevice(deps, ctx, person);
  if (attempt !== undefined) await attemptsRepository(deps).forget(attempt);
}

function onDevice(deps: PagesDeps, ctx: Context, person: string): Attempt | undefined {
  const device = knownDevice(deps, ctx, person);
  return device === undefined
    ? undefined
    : { limit: deps.attemptLimits.passwordOnDevice, subject: `${device} ${person}` };
}
