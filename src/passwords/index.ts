/**
 * Owns passwords: hashing in a bounded pool, verification in constant work, and what a new one must satisfy.
 * Does not own accounts, nor what follows a verified password.
 */
export { createPasswordHasher, type PasswordHasher } from './password-hasher.ts';
export { checkPassword, minPasswordLength, type PasswordProblem } from './password-policy.ts';
export { passwordsRepository, removePassword, storePasswordHash } from './passwords.repository.ts';
export { storeNewPassword } from './store-new-password.ts';
export { type VerifyPasswordDeps, verifyPassword } from './verify-password.ts';
