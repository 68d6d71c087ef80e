/**
 * Owns how people make accounts of their own: who may, and that they read the mail of the address they give.
 * Does not own what an account is, nor the pages.
 */
export { inviteToRegister } from './invite.ts';
export {
  askToRegister,
  mailAnotherCode,
  type Registration,
  type RegistrationDeps,
  registerAccount,
} from './register-account.ts';
export { isRegistrationOffered, mayRegister, type RegistrationPolicy } from './registration-policy.ts';
