import type { AddressInfo } from 'node:net';
import { callbackify } from 'node:util';
import type { Router } from '@koa/router';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { html, page } from './html.ts';

interface Received {
  from: string;
  to: string;
  /** Whom the envelope names (RFC 5321 section 3.3), whatever the head of the mail says. */
  recipients: string[];
  subject: string;
  text: string;
  html: string | undefined;
  received_at: string;
}

export interface Mailbox {
  smtpUrl: string;
  mails: readonly Received[];
  routes(router: Router): void;
  close(): Promise<void>;
}

const kept = 200;

/** Receives every mail, delivers none: what Gatehouse sends in development ends here. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, { envelope }, done) {
      async function receive(): Promise<void> {
        // Seven megabytes that most starts never need.
        const { simpleParser } = await import('mailparser');
        const recipients = envelope.rcptTo.map(({ address }) => address);
        mails.unshift({ recipients, ...describe(await simpleParser(stream)) });
        mails.length = Math.min(mails.length, kept);
      }
      callbackify(receive)(done);
    },
  });
  server.on('error', () => {});
  const listening = await new Promise<AddressInfo>(resolve => {
    const inner = server.listen(0, '127.0.0.1', () => resolve(inner.address() as AddressInfo));
  });

  return {
    smtpUrl: `smtp://127.0.0.1:${listening.port}`,
    mails,
    routes(router) {
      router.get('/mailbox', ctx => {
        ctx.type = 'html';
        ctx.body = page('Mailbox', list(mails));
      });
      router.get('/mailbox/messages.json', ctx => {
        ctx.body = mails;
      });
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

function list(mails: readonly Received[]) {
  if (mails.length === 0) return html`<p>No mail yet. Whatever Gatehouse sends arrives here.</p>`;
  return html`${mails.map(
    mail => html`<article>
<h2>${mail.subject}</h2>
<p>${mail.from} → ${mail.to}, ${mail.received_at}</p>
<pre>${mail.text}</pre>
${mail.html === undefined ? html`` : html`<iframe title="${mail.subject}" sandbox srcdoc="${mail.html}"></iframe>`}
</article>`,
  )}`;
}

function describe(mail: ParsedMail): Omit<Received, 'recipients'> {
  return {
    from: mail.from?.text ?? '',
    to: [mail.to ?? []]
      .flat()
      .map(each => each.text)
      .join(', '),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html === false ? undefined : mail.html,
    received_at: new Date().toISOString(),
  };
}
