/**
 * Owns how people come back who forgot their password, by a code or link by mail, or who have to wait because somebody
 * tried too often; and how they shut others out: the mail about a new device, and the lockdown that "this wasn't me" leads to.
 * Does not own what a password has to be, nor the sessions that end with it.
 */
export { type LockDownDeps, lockDown, lockDownByLink } from './lock-down.ts';
export { tellOfNewDevice } from './new-device.ts';
export {
  askToRecover,
  createResetLink,
  mailAnotherResetCode,
  type RecoveryDeps,
  resetPassword,
} from './recover-account.ts';
export {
  forgetAttempts,
  offerToUnlock,
  unlockAccount,
  unlockByLink,
} from './unlock.ts';
