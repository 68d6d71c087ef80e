import { type Clock, dateOf } from '../kernel/index.ts';
import { type Database, lockName } from '../store/index.ts';

export type Preferences = Readonly<Record<string, unknown>>;

/** Ours. */
export const ownNamespace = 'gatehouse';

export const namespaceShape = /^[a-z0-9][a-z0-9._:-]{0,63}$/;
export const keyShape = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Of one app for one person: these are preferences, and no database. */
export const mostKeys = 100;

export function preferencesRepository({ database, clock }: { database: Database; clock: Clock }) {
  const { pool, prisma } = database;

  return {
    async find(accountId: string, namespace: string): Promise<Preferences> {
      const { rows } = await pool.query<{ key: string; value: unknown }>({
        name: 'preferences-find',
        text: 'SELECT key, value FROM preference WHERE account_id = $1 AND namespace = $2 ORDER BY key',
        values: [accountId, namespace],
      });
      return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
    },

    /**
     * As JSON Merge Patch (RFC 7396) does on the first level: what is null goes, what is not named stays.
     * @returns undefined where there would be too many, and nothing was written
     */
    async merge(
      accountId: string,
      namespace: string,
      changes: Preferences,
    ): Promise<Preferences | undefined> {
      const updatedAt = dateOf(clock);
      const isWritten = await prisma.$transaction(async transaction => {
        await lockName(transaction, `preferences of ${accountId}`);
        const gone = Object.keys(changes).filter(key => changes[key] === null);
        await transaction.preference.deleteMany({ where: { accountId, namespace, key: { in: gone } } });
        const kept = Object.entries(changes).filter(([, value]) => value !== null);
        const others = await transaction.preference.count({
          where: { accountId, namespace, key: { notIn: kept.map(([key]) => key) } },
        });
        if (others + kept.length > mostKeys) return false;
        for (const [key, value] of kept) {
          const data = { value: value as never, updatedAt };
          await transaction.preference.upsert({
            where: { accountId_namespace_key: { accountId, namespace, key } },
            create: { accountId, namespace, key, ...data },
            update: data,
          });
        }
        return true;
      });
      return isWritten ? this.find(accountId, namespace) : undefined;
    },
  };
}
