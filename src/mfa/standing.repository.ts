import { batchLookups, type Database } from '../store/index.ts';
import { type FactorPolicy, hasSecondFactor, type Means, strictestPolicy } from './resolve-assurance.ts';

/** What the settings say of who has to have a second factor. */
export interface FactorPolicies {
  everybody: FactorPolicy;
  /** By the name of a role. */
  roles: Readonly<Record<string, FactorPolicy>>;
  /** For how long a policy only reminds. */
  graceDays: number;
}

/** What is on record about the factors of an account. */
export interface Standing {
  means: Means;
  policy: FactorPolicy;
  /** A policy for everybody may remind for a while; one for a role counts at once. */
  mayWait: boolean;
  credentialEpoch: number;
  dueAt: Date | undefined;
  /** Not before this is a passkey offered. */
  passkeyOfferAt: Date | undefined;
}

interface Row {
  id: string;
  isOwner: boolean;
  credentialEpoch: number;
  hasTotp: boolean;
  passkeys: string;
  recoveryCodes: string;
  dueAt: Date | null;
  passkeyOfferAt: Date | null;
}

export type Standings = ReturnType<typeof standingRepository>;

/** One statement for all who ask in one moment: every authorization request of somebody who is signed in does. */
export function standingRepository({ pool }: Pick<Database, 'pool'>, policies: FactorPolicies) {
  const findMany = batchLookups(async (ids: string[]) => {
    const { rows } = await pool.query<Row>({
      name: 'factor-standings',
      text: `SELECT a.id, a.is_owner AS "isOwner", a.credential_epoch AS "credentialEpoch",
               EXISTS (SELECT 1 FROM totp_credential WHERE account_id = a.id) AS "hasTotp",
               (SELECT count(*) FROM passkey WHERE account_id = a.id) AS passkeys,
               (SELECT count(*) FROM recovery_code WHERE account_id = a.id AND used_at IS NULL) AS "recoveryCodes",
               r.due_at AS "dueAt", r.passkey_offer_at AS "passkeyOfferAt"
             FROM account a LEFT JOIN factor_reminder r ON r.account_id = a.id WHERE a.id = ANY($1::uuid[])`,
      values: [ids],
    });
    return new Map(rows.map(row => [row.id, standingOf(row, policies)]));
  });
  return {
    of: (accountId: string): Promise<Standing | undefined> => findMany(accountId),
  };
}

function standingOf(row: Row, policies: FactorPolicies): Standing {
  // Of those with a role, owners alone have a policy of their own.
  const ofRole = row.isOwner ? policies.roles['owner'] : undefined;
  return {
    means: {
      passkeys: Number(row.passkeys),
      hasTotp: row.hasTotp,
      recoveryCodes: Number(row.recoveryCodes),
    },
    policy: strictestPolicy(policies.everybody, ofRole),
    mayWait: ofRole !== 'required',
    credentialEpoch: row.credentialEpoch,
    dueAt: row.dueAt ?? undefined,
    passkeyOfferAt: row.passkeyOfferAt ?? undefined,
  };
}

/** Whether this account has a second factor. */
export async function hasFactors(
  { database, factorPolicies }: { database: Pick<Database, 'pool'>; factorPolicies: FactorPolicies },
  accountId: string,
): Promise<boolean> {
  const standing = await standingRepository(database, factorPolicies).of(accountId);
  return standing !== undefined && hasSecondFactor(standing.means);
}
