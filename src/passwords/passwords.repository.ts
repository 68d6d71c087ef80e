import type { Database, Transaction } from '../store/index.ts';
import { keepAsFormer } from './former-passwords.ts';
import type { PasswordPolicy } from './password-policies.ts';

export function passwordsRepository({ pool }: Pick<Database, 'pool'>) {
  return {
    async findHash(accountId: string): Promise<string | undefined> {
      const { rows } = await pool.query<{ hash: string }>({
        name: 'password-hash',
        text: 'SELECT hash FROM password_credential WHERE account_id = $1',
        values: [accountId],
      });
      return rows[0]?.hash;
    },

    /** Undefined where there is none, or none any more. */
    async changedAt(accountId: string): Promise<Date | undefined> {
      const { rows } = await pool.query<{ changedAt: Date }>({
        name: 'password-changed-at',
        text: 'SELECT changed_at AS "changedAt" FROM password_credential WHERE account_id = $1',
        values: [accountId],
      });
      return rows[0]?.changedAt;
    },

    /** Chosen beside a second factor, and too short without one. */
    async isShort(accountId: string): Promise<boolean> {
      const { rowCount } = await pool.query({
        name: 'password-short',
        text: 'SELECT 1 FROM password_credential WHERE account_id = $1 AND is_short',
        values: [accountId],
      });
      return rowCount === 1;
    },

    /** The present one and those before it, the latest first. */
    async latestHashes(accountId: string, limit: number): Promise<string[]> {
      const { rows } = await pool.query<{ hash: string }>({
        name: 'password-latest',
        text: `SELECT hash, changed_at FROM password_credential WHERE account_id = $1
               UNION ALL SELECT hash, changed_at FROM former_password WHERE account_id = $1
               ORDER BY changed_at DESC LIMIT $2`,
        values: [accountId, limit],
      });
      return rows.map(({ hash }) => hash);
    },

    /** The same password with another hash; not where it was changed meanwhile. */
    async replaceHash(accountId: string, { from, to }: { from: string; to: string }): Promise<void> {
      await pool.query({
        name: 'password-rehash',
        text: 'UPDATE password_credential SET hash = $3 WHERE account_id = $1 AND hash = $2',
        values: [accountId, from, to],
      });
    },
  };
}

/** Whoever knows it can do nothing with it any more. */
export async function removePassword(
  transaction: Transaction,
  accountId: string,
  { history }: Pick<PasswordPolicy, 'history'>,
): Promise<void> {
  await keepAsFormer(transaction, accountId, history);
  await transaction.passwordCredential.deleteMany({ where: { accountId } });
}

export async function storePasswordHash(
  transaction: Transaction,
  credential: {
    accountId: string;
    hash: string;
    changedAt: Date;
    /** Good beside a second factor alone. */
    isShort?: boolean;
  },
): Promise<void> {
  const { accountId, hash, changedAt, isShort = false } = credential;
  await transaction.passwordCredential.upsert({
    where: { accountId },
    create: { accountId, hash, changedAt, isShort },
    update: { hash, changedAt, isShort },
  });
}
