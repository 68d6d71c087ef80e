/**
 * Owns passwords: hashing in a bounded pool, verification in constant work, and what a new one must satisfy.
 * Does not own accounts, nor what follows a verified password.
 */
export { type BreachedPasswords, openBreachedPasswords } from './breached-passwords.ts';
export { isKnownHash } from './foreign-hashes.ts';
export { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
export {
  besideFactor,
  isShortAlone,
  type PasswordPolicy,
  type PasswordPolicyName,
  passwordPolicies,
} from './password-policies.ts';
export { checkPassword, type PasswordProblem, type PasswordRules } from './password-policy.ts';
export { passwordsRepository, removePassword, storePasswordHash } from './passwords.repository.ts';
export { type ReasonToChange, reasonToChange } from './reason-to-change.ts';
export { storeNewPassword } from './store-new-password.ts';
export { type VerifyPasswordDeps, verifyPassword } from './verify-password.ts';
