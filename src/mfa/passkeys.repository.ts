import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';

export interface Passkey {
  /** The credential id, base64url. */
  id: string;
  accountId: string;
  publicKey: Uint8Array;
  counter: number;
  transports: readonly string[];
  aaguid: string;
  isSynced: boolean;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | undefined;
}

interface Row extends Omit<Passkey, 'counter' | 'publicKey' | 'lastUsedAt'> {
  counter: string;
  publicKey: Buffer;
  lastUsedAt: Date | null;
}

const columns = `id, account_id AS "accountId", public_key AS "publicKey", counter, transports, aaguid, is_synced AS "isSynced", name,
  created_at AS "createdAt", last_used_at AS "lastUsedAt"`;

/** A person has a few; a list without end would be somebody else's doing. */
const mostPasskeys = 20;

export function passkeysRepository({ pool }: Pick<Database, 'pool'>, clock: Clock) {
  return {
    async find(id: string): Promise<Passkey | undefined> {
      const { rows } = await pool.query<Row>({
        name: 'passkey',
        text: `SELECT ${columns} FROM passkey WHERE id = $1`,
        values: [id],
      });
      return rows[0] && toPasskey(rows[0]);
    },

    /** The oldest first. */
    async listOf(accountId: string): Promise<Passkey[]> {
      const { rows } = await pool.query<Row>({
        name: 'passkeys-of',
        text: `SELECT ${columns} FROM passkey WHERE account_id = $1 ORDER BY created_at, id`,
        values: [accountId],
      });
      return rows.map(toPasskey);
    },

    /**
     * Notes a use.
     * @returns false where the counter did not grow, although it counts: there is a copy of the key, or this answer was given before
     */
    async use(id: string, counter: number): Promise<boolean> {
      const { rowCount } = await pool.query({
        name: 'passkey-use',
        text: `UPDATE passkey SET counter = $2, last_used_at = $3
               WHERE id = $1 AND (counter < $2 OR (counter = 0 AND $2 = 0))`,
        values: [id, counter, dateOf(clock)],
      });
      return rowCount === 1;
    },
  };
}

/** @returns false where somebody has it already, or there are as many as one may have */
export async function insertPasskey(
  transaction: Transaction,
  { publicKey, transports, counter, lastUsedAt, ...rest }: Passkey,
): Promise<boolean> {
  const [isTaken, count] = await Promise.all([
    transaction.passkey.findUnique({ where: { id: rest.id }, select: { id: true } }),
    transaction.passkey.count({ where: { accountId: rest.accountId } }),
  ]);
  if (isTaken !== null || count >= mostPasskeys) return false;
  await transaction.passkey.create({
    data: {
      ...rest,
      publicKey: Uint8Array.from(publicKey),
      transports: [...transports],
      counter,
      lastUsedAt: lastUsedAt ?? null,
    },
  });
  return true;
}

function toPasskey({ counter, publicKey, lastUsedAt, ...rest }: Row): Passkey {
  return {
    ...rest,
    publicKey: Uint8Array.from(publicKey),
    counter: Number(counter),
    lastUsedAt: lastUsedAt ?? undefined,
  };
}
