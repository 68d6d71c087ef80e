import type { Database, Transaction } from '../store/index.ts';

export interface NewAvatar {
  accountId: string;
  name: string;
  bytes: Uint8Array;
  createdAt: Date;
}

/** Where the bytes are. Whoever would rather have them in an object store writes these three. */
export interface AvatarStore {
  /** In place of the one before. */
  put(transaction: Transaction, avatar: NewAvatar): Promise<void>;
  remove(transaction: Transaction, accountId: string): Promise<boolean>;
  find(name: string): Promise<Uint8Array | undefined>;
}

/** In PostgreSQL: in the transaction that says whose they are, and gone with the account. */
export function avatarStore({ pool }: Pick<Database, 'pool'>): AvatarStore {
  return {
    async put(transaction, { accountId, bytes, ...avatar }) {
      const data = { ...avatar, bytes: new Uint8Array(bytes) };
      await transaction.avatar.upsert({ where: { accountId }, create: { accountId, ...data }, update: data });
    },

    async remove(transaction, accountId) {
      const { count } = await transaction.avatar.deleteMany({ where: { accountId } });
      return count > 0;
    },

    async find(name) {
      const { rows } = await pool.query<{ bytes: Buffer }>({
        name: 'avatar-find',
        text: 'SELECT bytes FROM avatar WHERE name = $1',
        values: [name],
      });
      return rows[0]?.bytes;
    },
  };
}
