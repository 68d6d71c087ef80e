import { type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';
import type { Mail } from './mailer.ts';

export interface DueMail {
  id: string;
  name: string;
  sealed: string;
  /** This one included. */
  attempts: number;
}

/** As an operator sees it: whom it is for, and what it says, stays sealed. */
export interface UnsentMail {
  id: string;
  name: string;
  attempts: number;
  /** Null where it was given up. */
  dueAt: Date | null;
  lastError: string | null;
}

export interface NewMail {
  /** As in mails.ts. */
  name: string;
  accountId: string | undefined;
  /** Nobody: the row is as long as any other, and nothing is ever sent. */
  to: string | undefined;
  written: Omit<Mail, 'to'>;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After the first attempt; two days in all. */
const waits = [10 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 8 * hour, 12 * hour, 24 * hour];

/** Longer than any attempt takes. Whoever died in the middle of one is taken over from after this. */
const leaseMs = minute;

/** How long one can look at what became of it. */
const keptMs = 7 * 24 * hour;

function bindingOf(id: string): string {
  return `mail/${id}`;
}

/** Mails on their way, each in the hands of one process at a time. */
export function outgoingMails({
  database,
  clock,
  sealer,
}: {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  sealer: Sealer;
}) {
  const { pool } = database;
  const at = (offsetMs = 0) => new Date(clock.now() + offsetMs);

  return {
    async add(transaction: Transaction, { name, accountId, to, written }: NewMail): Promise<void> {
      const id = newId();
      await transaction.outgoingMail.create({
        data: {
          id,
          name,
          accountId: accountId ?? null,
          sealed: await sealer.seal(JSON.stringify({ to, ...written }), bindingOf(id)),
          ...(to === undefined
            ? { status: 'to-nobody', finishedAt: dateOf(clock) }
            : { dueAt: dateOf(clock) }),
          createdAt: dateOf(clock),
        },
      });
    },

    /** Up to `limit` that are due, for this process alone. */
    async take(limit: number): Promise<DueMail[]> {
      const { rows } = await pool.query<DueMail>({
        name: 'mail-take',
        text: `UPDATE outgoing_mail SET attempts = attempts + 1, due_at = $2
               WHERE id IN (SELECT id FROM outgoing_mail WHERE due_at <= $1
                            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
               RETURNING id, name, sealed, attempts`,
        values: [at(), at(leaseMs), limit],
      });
      return rows;
    },

    async open({ id, sealed }: DueMail): Promise<Mail> {
      return JSON.parse(await sealer.open(sealed, bindingOf(id))) as Mail;
    },

    /** It was sent: its words are of no more use. */
    async finish({ id }: DueMail): Promise<void> {
      await pool.query({
        text: `UPDATE outgoing_mail SET status = 'sent', sealed = '', due_at = NULL, last_error = NULL, finished_at = $2
               WHERE id = $1`,
        values: [id, at()],
      });
    },

    /** @returns whether that was the last attempt */
    async postpone({ id, attempts }: DueMail, reason: string): Promise<boolean> {
      const wait = waits[attempts - 1];
      await pool.query({
        text: `UPDATE outgoing_mail SET status = $2, due_at = $3, last_error = $4, finished_at = $5 WHERE id = $1`,
        values:
          wait === undefined ? [id, 'failed', null, reason, at()] : [id, 'waiting', at(wait), reason, null],
      });
      return wait === undefined;
    },

    /** What waits and what was given up, the oldest first. */
    async listUnsent(): Promise<UnsentMail[]> {
      const { rows } = await pool.query<UnsentMail>({
        text: `SELECT id, name, attempts, due_at AS "dueAt", last_error AS "lastError" FROM outgoing_mail
               WHERE status IN ('waiting', 'failed') ORDER BY id LIMIT 1000`,
      });
      return rows;
    },

    /** What waits or was given up is due now, with all its attempts. @returns how many */
    async retry(id: string | undefined): Promise<number> {
      const { rows } = await pool.query({
        text: `UPDATE outgoing_mail SET status = 'waiting', attempts = 0, due_at = $1, finished_at = NULL
               WHERE status IN ('waiting', 'failed') AND ($2::uuid IS NULL OR id = $2) RETURNING id`,
        values: [at(), id ?? null],
      });
      return rows.length;
    },

    /** What has not left yet for this address, of whichever account or none. */
    async forget(to: string): Promise<void> {
      const { rows } = await pool.query<{ id: string; sealed: string }>({
        text: "SELECT id, sealed FROM outgoing_mail WHERE sealed <> '' AND status <> 'to-nobody'",
      });
      const ids: string[] = [];
      for (const row of rows) {
        const mail = JSON.parse(await sealer.open(row.sealed, bindingOf(row.id))) as Mail;
        if (mail.to.toLowerCase() === to.toLowerCase()) ids.push(row.id);
      }
      await pool.query({ text: 'DELETE FROM outgoing_mail WHERE id = ANY($1::uuid[])', values: [ids] });
    },

    async removeOld(): Promise<void> {
      await pool.query({ text: 'DELETE FROM outgoing_mail WHERE finished_at < $1', values: [at(-keptMs)] });
    },
  };
}
