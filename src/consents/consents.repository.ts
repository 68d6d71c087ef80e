import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database, Transaction } from '../store/index.ts';

/** Scopes and claims allowed, and those left out, in the form of a grant. */
export interface ConsentContent {
  openid?: { scope?: string; claims?: string[] };
  resources?: Record<string, string>;
  rejected?: { openid?: { scope?: string; claims?: string[] }; resources?: Record<string, string> };
}

export interface Parties {
  accountId: string;
  clientId: string;
}

export function consentsRepository({ database, clock }: { database: Pick<Database, 'pool'>; clock: Clock }) {
  const { pool } = database;
  return {
    async find({ accountId, clientId }: Parties): Promise<ConsentContent | undefined> {
      const { rows } = await pool.query<{ content: ConsentContent }>({
        name: 'consent-find',
        text: 'SELECT content FROM consent WHERE account_id = $1 AND client_id = $2',
        values: [accountId, clientId],
      });
      return rows[0]?.content;
    },

    async save(
      transaction: Transaction,
      { accountId, clientId }: Parties,
      content: ConsentContent,
    ): Promise<void> {
      const now = dateOf(clock);
      const json = content as object;
      await transaction.consent.upsert({
        where: { accountId_clientId: { accountId, clientId } },
        create: { accountId, clientId, content: json, createdAt: now, updatedAt: now },
        update: { content: json, updatedAt: now },
      });
    },

    /** Also forgets those of the same two that are over. */
    async addGrant(
      { accountId, clientId }: Parties,
      grantId: string,
      lifetimeSeconds: number,
    ): Promise<void> {
      const now = clock.now();
      await pool.query({
        text: `WITH over AS (
                 DELETE FROM consent_grant WHERE account_id = $2 AND client_id = $3 AND expires_at < $5)
               INSERT INTO consent_grant (grant_id, account_id, client_id, expires_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (grant_id) DO NOTHING`,
        values: [grantId, accountId, clientId, new Date(now + lifetimeSeconds * 1000), new Date(now)],
      });
    },

    /** The clients that an account has allowed something, those that came last first. */
    async clientsOf(accountId: string): Promise<{ clientId: string; since: Date }[]> {
      const { rows } = await pool.query<{ clientId: string; since: Date }>({
        name: 'clients-of-account',
        text: `SELECT client_id AS "clientId", min(since) AS since FROM (
                 SELECT client_id, created_at AS since FROM consent WHERE account_id = $1
                 UNION ALL
                 SELECT client_id, $2::timestamptz FROM consent_grant WHERE account_id = $1 AND expires_at > $2
               ) AS allowed GROUP BY client_id ORDER BY since DESC`,
        values: [accountId, dateOf(clock)],
      });
      return rows;
    },

    /** Every grant that an account has with anybody. */
    async grantsOf(accountId: string): Promise<string[]> {
      const { rows } = await pool.query<{ grantId: string }>({
        name: 'grants-of-account',
        text: 'SELECT grant_id AS "grantId" FROM consent_grant WHERE account_id = $1 AND expires_at > $2',
        values: [accountId, dateOf(clock)],
      });
      return rows.map(({ grantId }) => grantId);
    },

    /** @returns the grants that have to end */
    async remove(transaction: Transaction, parties: Parties): Promise<string[]> {
      await transaction.consent.deleteMany({ where: parties });
      const gone = await transaction.consentGrant.findMany({ where: parties, select: { grantId: true } });
      const ids = gone.map(({ grantId }) => grantId);
      await transaction.consentGrant.deleteMany({ where: { grantId: { in: ids } } });
      return ids;
    },
  };
}
