import { type FactorName, factorOf, type Proof } from './factor.ts';

/** What a sign-in is worth: values of `acr` (OpenID Connect Core 1.0 section 2). */
export const singleFactor = 'urn:gatehouse:acr:single-factor';
/** Two kinds of factors, or a passkey with user verification. */
export const multiFactor = 'urn:gatehouse:acr:multi-factor';
/** The same with a passkey among them. */
export const phishingResistant = 'urn:gatehouse:acr:phishing-resistant';

/** From the least to the most; whoever reached one reached those before it. */
export const acrValues = [singleFactor, multiFactor, phishingResistant] as const;

export type Acr = (typeof acrValues)[number];

/** What somebody has reached: what an ID token says of it. */
export interface Achieved {
  acr: Acr;
  /** RFC 8176, with `mfa` where there were two kinds. */
  amr: readonly string[];
  /** Seconds since the epoch: the oldest proof that counts, so that `auth_time` is never younger than what it stands for. */
  at: number;
}

export function isAcr(value: unknown): value is Acr {
  return acrValues.some(each => each === value);
}

export function isAtLeast(acr: Acr, least: Acr): boolean {
  return acrValues.indexOf(acr) >= acrValues.indexOf(least);
}

export function strictest(...values: readonly (Acr | undefined)[]): Acr {
  return acrValues.findLast(each => values.includes(each)) ?? singleFactor;
}

/**
 * What proofs are worth together, on top of what the session in this browser has reached already.
 * @throws Error where they open nothing: a second factor alone, which no page may accept
 */
export function achievedBy(proofs: readonly Proof[], before?: Achieved): Achieved {
  const kinds = new Set(proofs.map(({ factor }) => factorOf(factor).kind));
  const hasVerifiedPasskey = proofs.some(
    proof => proof.factor === 'passkey' && proof.isUserVerified === true,
  );
  const hasFirst = before !== undefined || kinds.has('knowledge') || kinds.has('mailbox');
  if (!hasFirst && !hasVerifiedPasskey) throw new Error('a second factor alone is no sign-in');
  const isMulti =
    hasVerifiedPasskey ||
    (hasFirst && kinds.has('possession')) ||
    (before !== undefined && isAtLeast(before.acr, multiFactor));
  const isResistant =
    before?.acr === phishingResistant ||
    (isMulti && proofs.some(({ factor }) => factorOf(factor).isPhishingResistant));
  const methods = [...(before?.amr ?? []), ...proofs.flatMap(proof => factorOf(proof.factor).amr(proof))];
  return {
    acr: isResistant ? phishingResistant : isMulti ? multiFactor : singleFactor,
    amr: [...new Set([...methods, ...(isMulti ? ['mfa'] : [])])],
    at: Math.min(...(before === undefined ? [] : [before.at]), ...proofs.map(({ at }) => at)),
  };
}

/** What an app asked for (OpenID Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1). */
export interface Requested {
  /** Any of these; empty where it does not matter. */
  values: readonly string[];
  /** Without one of them the app wants nobody. */
  isEssential: boolean;
}

/** The least of what was asked for; undefined where none of it is known here. */
export function leastOf({ values }: Requested): Acr | undefined {
  return acrValues.find(each => values.includes(each));
}

/** Of the values that were asked for the highest that is true; otherwise what was reached, as it is. */
export function assertedAcr(acr: Acr, { values }: Requested): Acr {
  return acrValues.findLast(each => values.includes(each) && isAtLeast(acr, each)) ?? acr;
}

/** The most that these factors can be worth together, at their best; undefined where they open nothing by themselves. */
export function reachableBy(names: readonly FactorName[]): Acr | undefined {
  const proofs = names.map(factor => ({ factor, at: 0, isUserVerified: true }));
  try {
    return achievedBy(proofs).acr;
  } catch {
    return undefined;
  }
}
