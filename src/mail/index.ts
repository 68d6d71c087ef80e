/**
 * Owns how a mail leaves: one SMTP connection to the server in the settings.
 * Does not own what is written, nor when.
 */
export { createMailer, type Mail, type Mailer } from './mailer.ts';
