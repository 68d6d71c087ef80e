import { type Clock, newId } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';

export interface DueLogout {
  id: string;
  clientId: string;
  accountId: string;
  /** The session as this client knows it. */
  sid: string;
  /** This one included. */
  attempts: number;
}

export type LogoutQueue = ReturnType<typeof logoutQueue>;

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After the first attempt, which is made at once; a day and a half in all. */
const waits = [5 * second, 30 * second, 5 * minute, 30 * minute, 2 * hour, 8 * hour, 24 * hour];

/** Longer than any attempt takes. Whoever died in the middle of one is taken over from after this. */
const leaseMs = minute;

/** How long one can look at what became of it. */
const keptMs = 7 * 24 * hour;

const isOfNobody =
  'NOT EXISTS (SELECT 1 FROM account WHERE account.id::text = backchannel_logout.account_id)';

/** Apps to be told of a sign-out (OpenID Connect Back-Channel Logout 1.0), each by one process at a time. */
export function logoutQueue({ database, clock }: { database: Pick<Database, 'pool'>; clock: Clock }) {
  const { pool } = database;
  const at = (offsetMs = 0) => new Date(clock.now() + offsetMs);

  return {
    /** Whoever adds one makes the first attempt. */
    async add(logout: Pick<DueLogout, 'clientId' | 'accountId' | 'sid'>): Promise<DueLogout> {
      const id = newId();
      await pool.query({
        text: `INSERT INTO backchannel_logout (id, client_id, account_id, sid, attempts, due_at, created_at)
               VALUES ($1, $2, $3, $4, 1, $5, $6)`,
        values: [id, logout.clientId, logout.accountId, logout.sid, at(leaseMs), at()],
      });
      return { id, ...logout, attempts: 1 };
    },

    /** Up to `limit` that are due, for this process alone. */
    async take(limit: number): Promise<DueLogout[]> {
      const { rows } = await pool.query<DueLogout>({
        name: 'logout-take',
        text: `UPDATE backchannel_logout SET attempts = attempts + 1, due_at = $2
               WHERE id IN (SELECT id FROM backchannel_logout WHERE due_at <= $1
                            ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
               RETURNING id, client_id AS "clientId", account_id AS "accountId", sid, attempts`,
        values: [at(), at(leaseMs), limit],
      });
      return rows;
    },

    /** What an erased account leaves behind goes as soon as its app was told. */
    async finish({ id }: DueLogout): Promise<void> {
      await pool.query({
        text: `WITH gone AS (
                 DELETE FROM backchannel_logout WHERE id = $1 AND ${isOfNobody})
               UPDATE backchannel_logout SET status = 'delivered', due_at = NULL, last_error = NULL, finished_at = $2
               WHERE id = $1 AND NOT ${isOfNobody}`,
        values: [id, at()],
      });
    },

    /** Which apps an account was signed out of, where they have all heard. */
    async forget(accountId: string): Promise<void> {
      await pool.query({
        text: 'DELETE FROM backchannel_logout WHERE account_id = $1 AND finished_at IS NOT NULL',
        values: [accountId],
      });
    },

    /** @returns whether that was the last attempt */
    async postpone({ id, attempts }: DueLogout, reason: string): Promise<boolean> {
      const wait = waits[attempts - 1];
      await pool.query({
        text: `UPDATE backchannel_logout SET status = $2, due_at = $3, last_error = $4, finished_at = $5 WHERE id = $1`,
        values:
          wait === undefined ? [id, 'failed', null, reason, at()] : [id, 'waiting', at(wait), reason, null],
      });
      return wait === undefined;
    },

    async removeOld(): Promise<void> {
      await pool.query({
        text: `DELETE FROM backchannel_logout WHERE finished_at < $1 OR (finished_at IS NOT NULL AND ${isOfNobody})`,
        values: [at(-keptMs)],
      });
    },
  };
}
