import type { Database } from '../store/index.ts';

export interface StoredKey {
  id: string;
  purpose: string;
  status: string;
  algorithm: string;
  sealedKey: string;
  createdAt: Date;
}

/** Every process may find that there are no keys yet; this lock lets one of them make the first. */
const makingKeysLock = 7_202_611;

export function keysRepository(database: Database) {
  return {
    list: (): Promise<StoredKey[]> => database.prisma.key.findMany({ orderBy: { createdAt: 'asc' } }),

    /** Runs `make` only if there are no keys, and only in one process at a time. */
    addIfNone: (make: () => Promise<StoredKey[]>): Promise<void> =>
      database.prisma.$transaction(
        async transaction => {
          await transaction.$queryRaw`SELECT pg_advisory_xact_lock(${makingKeysLock})::text`;
          if ((await transaction.key.count()) > 0) return;
          await transaction.key.createMany({ data: await make() });
        },
        { timeout: 30_000, maxWait: 30_000 },
      ),
  };
}
