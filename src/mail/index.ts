/**
 * Owns how a mail is written and leaves: its words and form, the outbox in the database, and SMTP to the server in the
 * settings. Does not own when one is sent.
 */
export { sampleMail } from './compose-mail.ts';
export { createMailer, type Mail, type Mailer, type MailLimits } from './mailer.ts';
export { type ContentOf, type MailName, mails, notices } from './mails.ts';
export { outgoingMails } from './outbox.repository.ts';
export { createOutbox, type Outbox, type Recipient } from './outbox.ts';
