import type { Clock } from '../kernel/index.ts';
import { currentRequest, type Logger } from '../log/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';
import type { Templates } from '../templates/index.ts';
import { composeMail } from './compose-mail.ts';
import type { Mailer } from './mailer.ts';
import type { ContentOf, MailName } from './mails.ts';
import { type DueMail, outgoingMails } from './outbox.repository.ts';

export interface Recipient {
  /** Undefined for nobody: everything is done but the sending. */
  to: string | undefined;
  /** Whose address it is, if somebody's. */
  accountId?: string | undefined;
  /** The language to write in, or the closest that there is: BCP 47. */
  locale: string;
}

export interface Outbox {
  /** Inside the transaction of what the mail tells of: both happen or neither. */
  add<Name extends MailName>(
    transaction: Transaction,
    recipient: Recipient,
    name: Name,
    content: ContentOf<Name>,
  ): Promise<void>;
  /** Sends what is due, once the request that calls this is answered. */
  soon(): void;
  /** Sends what is due. @returns how many mails left */
  deliverDue(): Promise<number>;
  removeOld(): Promise<void>;
  /** Lets what is under way finish. */
  close(): Promise<void>;
}

export interface OutboxDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  log: Logger;
  templates: Templates;
  mailer: Mailer;
}

/** More in one go would hold many connections to one server. */
const atOnce = 10;

/** Mail waits for no server and is lost with none: a slow or absent one delays it, and nobody's page. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const { clock, log, templates, mailer } = deps;
  const queue = outgoingMails(deps);
  const underWay = new Set<Promise<unknown>>();

  async function deliver(due: DueMail): Promise<boolean> {
    try {
      await mailer.send(await queue.open(due));
    } catch (error) {
      const wasLast = await queue.postpone(due, reasonOf(error));
      log[wasLast ? 'error' : 'warn'](
        { err: error, event: wasLast ? 'mail.dead' : 'mail.failed', mail: due.name, attempts: due.attempts },
        wasLast ? 'a mail is not tried again' : 'a mail was not sent, and is tried again',
      );
      return false;
    }
    await queue.finish(due);
    return true;
  }

  async function deliverDue(): Promise<number> {
    let sent = 0;
    for (;;) {
      const due = await queue.take(atOnce);
      const results = await Promise.all(due.map(deliver));
      sent += results.filter(Boolean).length;
      if (due.length < atOnce) return sent;
    }
  }

  function tracked(work: Promise<number>): Promise<number> {
    const tracking = work.finally(() => underWay.delete(tracking));
    underWay.add(tracking);
    return tracking;
  }

  return {
    add(transaction, { to, accountId, locale: wish }, name, content) {
      const locale = templates.locales.match({ chosen: wish });
      const circumstances = { at: clock.now(), ...currentRequest() };
      const written = composeMail(templates, locale, name, content, circumstances);
      return queue.add(transaction, { name, accountId, to, written });
    },
    soon() {
      tracked(deliverDue()).catch((err: unknown) => log.warn({ err }, 'mail was not looked after'));
    },
    deliverDue: () => tracked(deliverDue()),
    removeOld: () => queue.removeOld(),
    async close() {
      await Promise.allSettled(underWay);
      mailer.close();
    },
  };
}

/** nodemailer's own word for what went wrong, such as ECONNREFUSED or EAUTH. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'unknown';
}
