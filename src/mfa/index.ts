/**
 * Owns factors beside the password: what each proves, how it is enrolled, verified and removed, what proofs are worth
 * together, and what is still missing for what an app or a policy asks. Does not own passwords, codes by mail, nor pages.
 */

export { type AssessDeps, type Assessed, assess } from './assess.ts';
export {
  type Achieved,
  type Acr,
  achievedBy,
  acrValues,
  assertedAcr,
  isAcr,
  isAtLeast,
  multiFactor,
  phishingResistant,
  type Requested,
  reachableBy,
  singleFactor,
} from './assurance.ts';
export {
  type ChangeFactorsDeps,
  enrolFactor,
  type Owner,
  proveRecoveryCode,
  removeFactor,
  removeFactorsSince,
  renamePasskey,
  renewRecoveryCodes,
} from './change-factors.ts';
export {
  type EnrollableFactor,
  type FactorName,
  type Proof,
  type SecondFactorName,
} from './factor.ts';
export { passkeyName } from './passkey-names.ts';
export { type Passkey, passkeysRepository } from './passkeys.repository.ts';
export {
  type PasskeyProblem,
  type PasskeyRules,
  passkeyCreation,
  passkeyRequest,
  trustAttestationRoots,
  verifyAssertion,
  verifyCreation,
} from './passkeys.ts';
export { recoveryCodesOf } from './recovery-codes.ts';
export { postponePasskeyOffer, remindOfFactors, startGrace } from './reminders.ts';
export {
  type Approver,
  approveFactorReset,
  type FactorResetDeps,
  type OrderedReset,
  orderFactorReset,
  removeOldResets,
  resetFactors,
} from './reset-factors.ts';
export {
  type FactorPolicy,
  hasSecondFactor,
  type Means,
  type Missing,
} from './resolve-assurance.ts';
export { type FactorPolicies, hasFactors, type Standing, standingRepository } from './standing.repository.ts';
export { newTotpSecret, stepOf, totpAddress, totpOf, verifyTotp } from './totp.ts';
export {
  distrustBrowser,
  removeOldTrust,
  trustBrowser,
  trustedBrowsersOf,
} from './trusted-browsers.repository.ts';
