import { type Acr, isAtLeast, multiFactor, phishingResistant, strictest } from './assurance.ts';
import type { EnrollableFactor, SecondFactorName } from './factor.ts';

/** Whether people may, or have to, have a second factor. */
export type FactorPolicy = 'off' | 'optional' | 'required';

/** What an account has to prove more with than a password. */
export interface Means {
  passkeys: number;
  hasTotp: boolean;
  /** Recovery codes that are left. */
  recoveryCodes: number;
}

/** Everything that what is still missing depends on. */
export interface AssuranceQuestion {
  achieved: Acr;
  means: Means;
  /** The strictest that holds for this account. */
  policy: FactorPolicy;
  /** Until then the policy only reminds: milliseconds since the epoch, as `now`. */
  dueAt: number | undefined;
  now: number;
  /** What the app must have: by its own policy, or because it called it essential. */
  required: Acr;
  /** What the app would like; asked for where the account can. */
  preferred: Acr | undefined;
  /** Its owner told us not to ask for a second factor in this browser. What an app requires is asked for all the same. */
  isTrustedBrowser: boolean;
}

export type Missing =
  | { step: 'nothing' }
  /** Any of these, the first by default. */
  | { step: 'challenge'; factors: readonly SecondFactorName[] }
  /** One of these has to be set up; later will do until `dueAt`. */
  | { step: 'enrol'; factors: readonly EnrollableFactor[]; dueAt: number | undefined }
  /** What the app requires is nothing that this account can have. */
  | { step: 'impossible' };

const nothing: Missing = { step: 'nothing' };

/**
 * The one place that says what is still missing: from what an app asks, what policies want and what the account has, the
 * strictest counts.
 */
export function resolveAssurance(question: AssuranceQuestion): Missing {
  const { achieved, means, policy, isTrustedBrowser, dueAt, now } = question;
  const asked = strictest(question.required, reachable(question.preferred, means));
  if (!isAtLeast(achieved, asked)) return toReach(asked, achieved, question);
  if (isAtLeast(achieved, multiFactor) || isTrustedBrowser) return nothing;
  if (hasSecondFactor(means)) return { step: 'challenge', factors: challengesFor(multiFactor, means) };
  if (policy !== 'required') return nothing;
  const isLater = dueAt !== undefined && dueAt > now;
  return { step: 'enrol', factors: ['passkey', 'totp'], dueAt: isLater ? dueAt : undefined };
}

export function hasSecondFactor({ passkeys, hasTotp }: Means): boolean {
  return passkeys > 0 || hasTotp;
}

function toReach(asked: Acr, achieved: Acr, { means, policy }: AssuranceQuestion): Missing {
  const leading = challengesFor(asked, means);
  if (leading.length > 0) return { step: 'challenge', factors: leading };
  // Whoever has a second factor proves it before there is another.
  if (!isAtLeast(achieved, multiFactor) && hasSecondFactor(means)) {
    return { step: 'challenge', factors: challengesFor(multiFactor, means) };
  }
  if (policy === 'off') return { step: 'impossible' };
  return {
    step: 'enrol',
    factors: asked === phishingResistant ? ['passkey'] : ['passkey', 'totp'],
    dueAt: undefined,
  };
}

/** Which of its second factors lead an account there. Recovery codes stand in for others and are none by themselves. */
function challengesFor(asked: Acr, means: Means): SecondFactorName[] {
  const has: Record<SecondFactorName, boolean> = {
    passkey: means.passkeys > 0,
    totp: means.hasTotp,
    'recovery-code': hasSecondFactor(means) && means.recoveryCodes > 0,
  };
  const names: SecondFactorName[] =
    asked === phishingResistant ? ['passkey'] : ['passkey', 'totp', 'recovery-code'];
  return names.filter(name => has[name]);
}

/** What an app would only like is no reason to set anything up. */
function reachable(preferred: Acr | undefined, means: Means): Acr | undefined {
  if (preferred === undefined) return undefined;
  return challengesFor(preferred, means).length > 0 ? preferred : undefined;
}

/** Of several the one that asks most. */
export function strictestPolicy(...policies: readonly (FactorPolicy | undefined)[]): FactorPolicy {
  const order: readonly FactorPolicy[] = ['required', 'optional', 'off'];
  return order.find(each => policies.includes(each)) ?? 'off';
}
