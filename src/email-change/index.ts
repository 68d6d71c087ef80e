/**
 * Owns how an account gets another address: who reads the old one and who reads the new one both agree, and for two weeks
 * the old one can take it back. Does not own the proof of an address (email-challenges).
 */
export { askForEmail, confirmEmail, type EmailChangeDeps, findEmailChange } from './change-email.ts';
export { undoEmail } from './undo-email.ts';
