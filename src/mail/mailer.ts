import { createTransport } from 'nodemailer';
import type { Logger } from '../log/index.ts';
import { withoutReply } from './without-reply.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface Mailer {
  /** Waits for nobody: a mail server that is slow or away must not hold a page. A failure stands in the log. */
  send(mail: Mail): void;
  /** Lets what is under way finish. */
  close(): Promise<void>;
}

export interface MailerOptions {
  /** smtp:// or smtps://; without one nothing is sent. */
  url: string | undefined;
  from: string;
  log: Logger;
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

export function createMailer({ url, from, log, limits = usualLimits }: MailerOptions): Mailer {
  // The second argument is for the mails; limits given there would be ignored, and the usual ones are minutes.
  const transport = url === undefined ? undefined : createTransport({ url, ...limits }, { from });
  const underWay = new Set<Promise<unknown>>();
  return {
    send({ to, subject, text }) {
      if (transport === undefined) return;
      const sending = transport
        // As an object: an address with a comma or line break must not become two.
        .sendMail({ to: { name: '', address: to }, subject, text })
        .catch((error: unknown) =>
          log.error({ err: withoutReply(error), event: 'mail.failed' }, 'a mail was not sent'),
        )
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    async close() {
      await Promise.all(underWay);
      transport?.close();
    },
  };
}
