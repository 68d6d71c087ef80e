import type { Clock } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';
import { holdings } from './holdings.ts';

/** Longer than looking for what remains takes. Whoever died in the middle of it is taken over from after this. */
const claimMs = 10 * 60 * 1000;

export interface ClaimedErasure {
  id: string;
  remaining: string;
}

export function erasuresRepository({ database, clock }: { database: Database; clock: Clock }) {
  const { pool, prisma } = database;
  return {
    /** Accounts whose time is over. */
    async due(limit: number): Promise<string[]> {
      const { rows } = await pool.query<{ id: string }>({
        name: 'accounts-due',
        text: "SELECT id FROM account WHERE status = 'closing' AND closes_at <= $1 ORDER BY closes_at LIMIT $2",
        values: [new Date(clock.now()), limit],
      });
      return rows.map(({ id }) => id);
    },

    /** How many rows of each table go with the account. */
    async count(transaction: Transaction, accountId: string): Promise<Record<string, number>> {
      const counts: Record<string, number> = {};
      for (const [table, { column }] of Object.entries(holdings)) {
        if (column === undefined) continue;
        const [row] = await transaction.$queryRawUnsafe<[{ count: number }]>(
          `SELECT count(*)::int AS count FROM ${table} WHERE ${column} = $1::uuid`,
          accountId,
        );
        counts[table] = row.count;
      }
      return counts;
    },

    /** Those that something remains of, for this process alone. */
    async claim(): Promise<ClaimedErasure[]> {
      const now = clock.now();
      const { rows } = await pool.query<ClaimedErasure>({
        name: 'erasures-claim',
        text: `UPDATE erasure SET claimed_at = $1
               WHERE remaining IS NOT NULL AND (claimed_at IS NULL OR claimed_at < $2) RETURNING id, remaining`,
        values: [new Date(now), new Date(now - claimMs)],
      });
      return rows;
    },

    async finish(ids: readonly string[]): Promise<void> {
      await prisma.erasure.updateMany({ where: { id: { in: [...ids] } }, data: { remaining: null } });
    },
  };
}
