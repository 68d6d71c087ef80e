import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { type Acr, leastOf, type Requested, singleFactor, strictest } from './assurance.ts';
import { type Missing, resolveAssurance } from './resolve-assurance.ts';
import {
  type FactorPolicies,
  type Standing,
  type Standings,
  standingRepository,
} from './standing.repository.ts';
import { isTrustedBrowser } from './trusted-browsers.repository.ts';

export interface AssessDeps {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  factorPolicies: FactorPolicies;
}

export interface AssessInput {
  accountId: string;
  achieved: Acr;
  /** By the app, in this request. */
  requested: Requested;
  /** By the app, whatever it requests. */
  minimum: Acr | undefined;
  /** What the browser has to say of being trusted. */
  browserTokens: readonly string[];
}

export interface Assessed {
  standing: Standing;
  missing: Missing;
}

/** What is on record, put to the resolver. @returns undefined where there is no such account any more */
export async function assess(
  deps: AssessDeps,
  { accountId, achieved, requested, minimum, browserTokens }: AssessInput,
  standings: Standings = standingRepository(deps.database, deps.factorPolicies),
): Promise<Assessed | undefined> {
  const standing = await standings.of(accountId);
  if (standing === undefined) return undefined;
  const { means, policy, credentialEpoch: epoch } = standing;
  const least = leastOf(requested);
  const missing = resolveAssurance({
    achieved,
    means,
    policy,
    dueAt: graceEnd(deps, standing),
    now: deps.clock.now(),
    required: strictest(minimum, requested.isEssential ? least : undefined),
    preferred: least === singleFactor ? undefined : least,
    isTrustedBrowser: await isTrustedBrowser(deps, { accountId, epoch, tokens: browserTokens }),
  });
  return { standing, missing };
}

const dayMs = 24 * 60 * 60 * 1000;

/** Settled when the person first hears of it; before that it would begin now. */
function graceEnd({ clock, factorPolicies }: AssessDeps, { mayWait, dueAt }: Standing): number | undefined {
  if (!mayWait) return undefined;
  return dueAt?.getTime() ?? clock.now() + factorPolicies.graceDays * dayMs;
}
