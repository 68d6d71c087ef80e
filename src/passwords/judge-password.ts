import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** Why a password of any length is no good: what guessers try first (NIST SP 800-63B-4 section 3.1.1.2). */
export type Weakness = 'repeats' | 'sequence' | 'common';

/** The time it takes grows with the square of the length; what is weak is so from the start. */
const mostCharacters = 100;

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/** zxcvbn's own words for it; everything else is too near to a common password. */
const weaknesses: Readonly<Record<string, Weakness>> = {
  simpleRepeat: 'repeats',
  extendedRepeat: 'repeats',
  sequences: 'sequence',
  straightRow: 'sequence',
  keyPattern: 'sequence',
};

/** Takes milliseconds, so it runs where passwords are hashed. */
export function judgePassword(password: string, leastScore: number): Weakness | undefined {
  const { score, feedback } = zxcvbn.check(password.slice(0, mostCharacters));
  if (score >= leastScore) return undefined;
  return weaknesses[feedback.warning ?? ''] ?? 'common';
}
