import type { Context } from 'koa';
import type { Client } from 'oidc-provider';
import { AppError } from '../kernel/index.ts';
import { type Achieved, type Assessed, achievedBy, assess, type Proof } from '../mfa/index.ts';
import { achievedIn, assurancePrompt, minimumOf, requestedAcr, trustedBrowserTokens } from '../oidc/index.ts';
import type { Interaction } from './interaction.ts';
import type { Progress } from './next-step.ts';
import type { PagesDeps } from './pages-deps.ts';

/** Who is on the way through an interaction, and what they have shown so far. */
export interface Person {
  accountId: string;
  achieved: Achieved;
  assessed: Assessed;
}

interface Trip {
  deps: PagesDeps;
  ctx: Context;
  interaction: Interaction;
  registered: Client;
  progress: Progress;
}

/**
 * What proofs are worth so far and what is missing, by the resolver that the provider asks too.
 * @returns undefined as long as nobody has proved to be anybody
 */
export async function personOf(trip: Trip): Promise<Person | undefined> {
  const { deps, ctx, interaction, registered, progress } = trip;
  const before = await beforeIt(trip);
  const { accountId, proofs } = progress.authenticated ?? { accountId: before?.accountId, proofs: [] };
  if (accountId === undefined) return undefined;
  const achieved = proofs.length === 0 && before !== undefined ? before : achievedBy(proofs, before);
  const assessed = await assess(deps, {
    accountId,
    achieved: achieved.acr,
    requested: requestedAcr(interaction.params),
    minimum: minimumOf(registered),
    browserTokens: trustedBrowserTokens(ctx, deps.issuer),
  });
  return assessed && { accountId, achieved, assessed };
}

/** A step-up adds to the session that is there; any other sign-in starts from nothing. */
async function beforeIt({
  deps,
  ctx,
  interaction,
}: Trip): Promise<(Achieved & { accountId: string }) | undefined> {
  const { prompt, session } = interaction;
  if (prompt.name !== assurancePrompt) return undefined;
  const current = await deps.provider().Session.get(ctx);
  if (session === undefined || current.uid !== session.uid || current.accountId !== session.accountId) {
    throw new AppError('interaction_expired', 'This sign-in has expired.', {
      detail: 'signed out meanwhile, or somebody else is in',
    });
  }
  return { ...achievedIn(current), accountId: session.accountId };
}

/** One more proof of the person on the way. */
export function withProof(person: Person, progress: Progress, proof: Proof): Pick<Progress, 'authenticated'> {
  const proofs = progress.authenticated?.proofs ?? [];
  return { authenticated: { accountId: person.accountId, proofs: [...proofs, proof] } };
}
