/**
 * Owns how often something that can be guessed may be tried, by whom it is counted, and how long whoever goes on waits.
 * Does not own what is tried.
 */
export {
  type AttemptLimits,
  attemptLimits,
  type ThrottlingPolicy,
} from './attempt-limit.ts';
export { type Attempt, type Attempts, attemptsRepository } from './attempts.repository.ts';
export { clientNetwork } from './client-network.ts';
