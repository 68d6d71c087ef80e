/**
 * Owns how a mail leaves: by SMTP to the server in the settings, a connection a mail.
 * Does not own what is written, nor when.
 */
export { createMailer, type Mail, type Mailer, type MailLimits } from './mailer.ts';
