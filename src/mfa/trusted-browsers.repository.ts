import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf, digest, newSecret } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';

const dayMs = 24 * 60 * 60 * 1000;

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
}

export interface TrustedBrowser {
  id: string;
  userAgent: string;
  createdAt: Date;
  expiresAt: Date;
}

interface Trust {
  accountId: string;
  /** Of the account, as it was when its owner proved a second factor. */
  epoch: number;
  userAgent: string;
  days: number;
}

/** @returns what the cookie has to say; it is worth something for this account alone, and until its credentials change */
export async function trustBrowser(
  deps: Deps,
  { accountId, epoch, userAgent, days }: Trust,
): Promise<string> {
  const token = newSecret();
  const trusted = {
    tokenHash: digest(token),
    accountId,
    credentialEpoch: epoch,
    userAgent: userAgent.slice(0, 300),
    createdAt: dateOf(deps.clock),
    expiresAt: new Date(deps.clock.now() + days * dayMs),
  };
  await deps.database.prisma.$transaction(async transaction => {
    await transaction.trustedBrowser.create({ data: trusted });
    await recordEvent(transaction, deps, { type: 'browser.trusted', accountId });
  });
  return token;
}

export async function isTrustedBrowser(
  { database, clock }: { database: Pick<Database, 'pool'>; clock: Clock },
  { accountId, epoch, tokens }: { accountId: string; epoch: number; tokens: readonly string[] },
): Promise<boolean> {
  if (tokens.length === 0) return false;
  const { rowCount } = await database.pool.query({
    name: 'trusted-browser',
    text: `SELECT 1 FROM trusted_browser
           WHERE token_hash = ANY($1) AND account_id = $2 AND credential_epoch = $3 AND expires_at > $4`,
    values: [tokens.map(digest), accountId, epoch, dateOf(clock)],
  });
  return (rowCount ?? 0) > 0;
}

/** What its owner is shown, the latest first. */
export async function trustedBrowsersOf(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  accountId: string,
): Promise<TrustedBrowser[]> {
  const { rows } = await database.pool.query<TrustedBrowser>({
    name: 'trusted-browsers',
    text: `SELECT token_hash AS id, user_agent AS "userAgent", b.created_at AS "createdAt", expires_at AS "expiresAt"
           FROM trusted_browser b JOIN account a ON a.id = b.account_id AND a.credential_epoch = b.credential_epoch
           WHERE b.account_id = $1 AND expires_at > $2 ORDER BY b.created_at DESC LIMIT 100`,
    values: [accountId, dateOf(clock)],
  });
  return rows;
}

export async function distrustBrowser(deps: Deps, accountId: string, id: string): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    const { count } = await transaction.trustedBrowser.deleteMany({ where: { accountId, tokenHash: id } });
    if (count > 0) await recordEvent(transaction, deps, { type: 'browser.distrusted', accountId });
  });
}

export async function removeOldTrust({ database, clock }: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  await database.pool.query({
    text: `DELETE FROM trusted_browser b USING account a WHERE a.id = b.account_id
           AND (b.expires_at < $1 OR b.credential_epoch <> a.credential_epoch)`,
    values: [dateOf(clock)],
  });
}
