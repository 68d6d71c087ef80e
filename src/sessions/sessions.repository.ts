import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';

export interface NewSession {
  /** Digest of the session's uid. */
  id: string;
  accountId: string;
  /** What the browser says of itself. */
  userAgent: string;
}

export interface OpenSession {
  id: string;
  userAgent: string;
  signedInAt: Date;
  lastUsedAt: Date;
}

export type Sessions = ReturnType<typeof sessionsRepository>;

const longestUserAgent = 300;

/** Where people are signed in, as their owner finds it. Whether a session is alive is said by its artifact alone. */
export function sessionsRepository({ database, clock }: { database: Pick<Database, 'pool'>; clock: Clock }) {
  const { pool } = database;

  return {
    /** Somebody signed in, for the first time or again. */
    async start({ id, accountId, userAgent }: NewSession): Promise<void> {
      await pool.query({
        name: 'session-start',
        text: `INSERT INTO account_session (id, account_id, user_agent, signed_in_at, last_used_at)
               VALUES ($1, $2, $3, $4, $4)
               ON CONFLICT (id) DO UPDATE SET account_id = $2, user_agent = $3, signed_in_at = $4, last_used_at = $4,
                 ended_at = NULL`,
        values: [id, accountId, userAgent.slice(0, longestUserAgent), dateOf(clock)],
      });
    },

    async use(ids: readonly string[]): Promise<void> {
      await pool.query({
        name: 'session-use',
        text: `UPDATE account_session SET last_used_at = date_trunc('hour', $2::timestamptz)
               WHERE id = ANY($1) AND last_used_at < date_trunc('hour', $2::timestamptz)`,
        values: [ids, dateOf(clock)],
      });
    },

    /** What their owner is shown, those used last first. */
    async listOf(accountId: string): Promise<OpenSession[]> {
      const { rows } = await pool.query<OpenSession>({
        name: 'sessions-list',
        text: `SELECT id, user_agent AS "userAgent", signed_in_at AS "signedInAt", last_used_at AS "lastUsedAt"
               FROM account_session WHERE account_id = $1 AND ended_at IS NULL ORDER BY last_used_at DESC LIMIT 100`,
        values: [accountId],
      });
      return rows;
    },

    /** Those of an account that have not ended, as far as is known here; those used last first. */
    async openOf(accountId: string): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>({
        name: 'sessions-open',
        text: `SELECT id FROM account_session WHERE account_id = $1 AND ended_at IS NULL
               ORDER BY last_used_at DESC, signed_in_at DESC, id`,
        values: [accountId],
      });
      return rows.map(({ id }) => id);
    },

    async end(ids: readonly string[]): Promise<void> {
      await pool.query({
        name: 'sessions-end',
        text: 'UPDATE account_session SET ended_at = $2 WHERE id = ANY($1) AND ended_at IS NULL',
        values: [ids, dateOf(clock)],
      });
    },

    /** @param idleMs longer than a session lives without being used */
    async removeOld(idleMs: number): Promise<void> {
      await pool.query({
        text: 'DELETE FROM account_session WHERE last_used_at < $1',
        values: [new Date(clock.now() - idleMs)],
      });
    },
  };
}
