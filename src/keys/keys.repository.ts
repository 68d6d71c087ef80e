import type { Database, Transaction } from '../store/index.ts';
import type { KeyPurpose } from './key-record.ts';

export interface StoredKey {
  id: string;
  purpose: KeyPurpose;
  algorithm: string;
  sealedKey: string;
  createdAt: Date;
  activatesAt: Date;
  retiresAt: Date | null;
  forgottenAt: Date | null;
}

/** Every process may find that a key is due; this lock lets one of them make it. */
const changingKeysLock = 7_202_611;

export function keysRepository(database: Database) {
  return {
    list: () => list(database.prisma),

    /** Differs when anything about any key was changed. */
    async fingerprint(): Promise<string> {
      const { rows } = await database.pool.query<{ fingerprint: string | null }>({
        name: 'keys-fingerprint',
        text: `SELECT md5(string_agg(concat_ws(' ', id, md5(sealed_key), activates_at, retires_at, forgotten_at), ',' ORDER BY id)) AS fingerprint FROM key`,
      });
      return rows[0]?.fingerprint ?? '';
    },

    /** One process at a time. What `change` reads is what the one before has written. */
    change: <T>(change: (keys: StoredKey[], writer: KeyWriter) => Promise<T>): Promise<T> =>
      database.prisma.$transaction(
        async transaction => {
          await transaction.$queryRaw`SELECT pg_advisory_xact_lock(${changingKeysLock})::text`;
          return change(await list(transaction), writerFor(transaction));
        },
        { timeout: 30_000, maxWait: 30_000 },
      ),
  };
}

export interface KeyWriter {
  add(key: StoredKey): Promise<void>;
  update(
    id: string,
    change: Partial<Pick<StoredKey, 'sealedKey' | 'activatesAt' | 'retiresAt' | 'forgottenAt'>>,
  ): Promise<void>;
  remove(id: string): Promise<void>;
}

function writerFor(transaction: Transaction): KeyWriter {
  return {
    async add(key) {
      await transaction.key.create({ data: key });
    },
    async update(id, change) {
      await transaction.key.update({ where: { id }, data: change });
    },
    async remove(id) {
      await transaction.key.delete({ where: { id } });
    },
  };
}

async function list(prisma: Pick<Transaction, 'key'>): Promise<StoredKey[]> {
  return (await prisma.key.findMany({ orderBy: [{ activatesAt: 'desc' }, { id: 'asc' }] })) as StoredKey[];
}
