import { createTransport } from 'nodemailer';
import type { Logger } from '../log/index.ts';

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
}

const limits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

export function createMailer({ url, from, log }: MailerOptions): Mailer {
  const transport = url === undefined ? undefined : createTransport(url, { ...limits, from });
  const underWay = new Set<Promise<unknown>>();
  return {
    send({ to, subject, text }) {
      if (transport === undefined) return;
      const sending = transport
        // As an object: an address with a comma or line break must not become two.
        .sendMail({ to: { name: '', address: to }, subject, text })
        .catch((err: unknown) => log.error({ err, event: 'mail.failed' }, 'a mail was not sent'))
        .finally(() => underWay.delete(sending));
      underWay.add(sending);
    },
    async close() {
      await Promise.all(underWay);
      transport?.close();
    },
  };
}
