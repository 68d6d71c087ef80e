/**
 * Owns how people come back who forgot their password: a code or link by mail, and a new password.
 * Does not own what a password has to be, nor the sessions that end with it.
 */
export {
  askToRecover,
  createResetLink,
  mailAnotherResetCode,
  type RecoveryDeps,
  resetPassword,
} from './recover-account.ts';
