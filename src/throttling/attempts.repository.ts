import { type Clock, digest } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import type { AttemptLimit } from './attempt-limit.ts';

/** One count: of this limit, for this identifier, device or address. */
export interface Attempt {
  limit: AttemptLimit;
  subject: string;
}

export type Attempts = ReturnType<typeof attemptsRepository>;

/** Doubling more often than this is beyond every longest wait. */
const mostDoublings = 20;

/** Longer than any limit remembers. */
const keptMs = 25 * 60 * 60 * 1000;

/** Attempts in PostgreSQL: counted the same way by every process, and before anything is compared. */
export function attemptsRepository({ database, clock }: { database: Pick<Database, 'pool'>; clock: Clock }) {
  const { pool } = database;
  const at = (offsetMs = 0) => new Date(clock.now() + offsetMs);

  return {
    /**
     * Takes one attempt, in one statement: of a hundred at once as many pass as the limit says.
     * @returns 0 where it may be made, otherwise the seconds to wait
     */
    async take({ limit, subject }: Attempt): Promise<number> {
      const key = keyOf(limit, subject);
      const { rowCount } = await pool.query({
        name: 'attempt-take',
        text: `INSERT INTO attempt_bucket AS bucket (key, attempts, last_at, next_at)
               VALUES ($1, 1, $2, ${nextAfter('1')})
               ON CONFLICT (key) DO UPDATE SET
                 attempts = ${nextCount},
                 last_at = $2,
                 next_at = ${nextAfter(nextCount)}
               WHERE bucket.next_at <= $2 OR bucket.last_at < $3`,
        values: [
          key,
          at(),
          at(-limit.forgetAfterSeconds * 1000),
          limit.tries,
          limit.waitSeconds,
          limit.longestWaitSeconds,
        ],
      });
      return rowCount === 1 ? 0 : secondsLeft(key);
    },

    /** It succeeded: who tried it is who they say, and all that was counted against them goes. */
    async forget({ limit, subject }: Attempt): Promise<void> {
      await pool.query({
        name: 'attempt-forget',
        text: 'DELETE FROM attempt_bucket WHERE key = $1',
        values: [keyOf(limit, subject)],
      });
    },

    /** It succeeded and does not count; what others tried from the same address does. */
    async giveBack({ limit, subject }: Attempt): Promise<void> {
      await pool.query({
        name: 'attempt-give-back',
        text: `UPDATE attempt_bucket SET attempts = greatest(attempts - 1, 0),
                 next_at = CASE WHEN attempts - 1 < $2 THEN ${always} ELSE next_at END
               WHERE key = $1`,
        values: [keyOf(limit, subject), limit.tries],
      });
    },

    async removeOld(): Promise<void> {
      await pool.query({ text: 'DELETE FROM attempt_bucket WHERE last_at < $1', values: [at(-keptMs)] });
    },
  };

  async function secondsLeft(key: string): Promise<number> {
    const { rows } = await pool.query<{ nextAt: Date }>({
      name: 'attempt-next',
      text: 'SELECT next_at AS "nextAt" FROM attempt_bucket WHERE key = $1',
      values: [key],
    });
    // Who succeeded meanwhile took the count away with them.
    return Math.max(1, Math.ceil(((rows[0]?.nextAt.getTime() ?? 0) - clock.now()) / 1000));
  }
}

const nextCount = 'CASE WHEN bucket.last_at < $3::timestamptz THEN 1 ELSE bucket.attempts + 1 END';

/** Past by any clock: processes whose clocks differ a little make nobody wait. */
const always = 'to_timestamp(0)';

/** As long as there are tries left nobody waits; then the wait doubles up to the longest. */
function nextAfter(count: string): string {
  const doublings = `least(${count} - $4::int, ${mostDoublings})`;
  const wait = `make_interval(secs => least($5::int * power(2, ${doublings}), $6::int))`;
  return `CASE WHEN ${count} < $4::int THEN ${always} ELSE $2::timestamptz + ${wait} END`;
}

function keyOf({ name }: AttemptLimit, subject: string): string {
  return digest(`${name} ${subject}`);
}
