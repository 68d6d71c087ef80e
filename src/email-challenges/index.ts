/**
 * Owns codes and links that prove who reads the mail of an address: how many there may be, how often a code may be
 * tried, and that each is used once. Does not own what they open, nor what the mail says.
 */
export { type ChallengeDeps, type EmailChallenges, emailChallenges } from './challenges.repository.ts';
export {
  type ChallengePurpose,
  type CodePolicy,
  type EmailChallenge,
  minutesOf,
} from './email-challenge.ts';
export {
  type MailChallengeDeps,
  renewChallenge,
  startChallenge,
  type WriteMail,
} from './mail-challenge.ts';
export { spacedCode } from './new-code.ts';
