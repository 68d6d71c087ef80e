import { createTransport } from 'nodemailer';
import { withoutReply } from './without-reply.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string;
}

export interface Mailer {
  /** @throws Error that quotes nothing of the mail */
  send(mail: Mail): Promise<void>;
  close(): void;
}

export interface MailerOptions {
  /** smtp:// or smtps://; without one nothing is sent. */
  url: string | undefined;
  from: string;
  /** How long a server may take; what the address itself says goes before. */
  limits?: MailLimits;
}

/** In milliseconds. */
export interface MailLimits {
  connectionTimeout: number;
  greetingTimeout: number;
  socketTimeout: number;
}

const usualLimits: MailLimits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

/** The way to the mail server. It waits for it; pages use the outbox instead, which does not. */
export function createMailer({ url, from, limits = usualLimits }: MailerOptions): Mailer {
  // The second argument is for the mails; limits given there would be ignored, and the usual ones are minutes.
  const transport = url === undefined ? undefined : createTransport({ url, ...limits }, { from });
  return {
    async send({ to, subject, text, html }) {
      try {
        await transport?.sendMail({
          // As an object: an address with a comma or line break must not become two.
          to: { name: '', address: to },
          subject,
          text,
          ...(html === undefined ? {} : { html }),
        });
      } catch (error) {
        throw withoutReply(error);
      }
    },
    close: () => transport?.close(),
  };
}
