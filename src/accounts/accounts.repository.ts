import { batchLookups, type Database } from '../store/index.ts';
import { type Account, type AccountStatus, emailKeyOf, type ProfileClaims } from './account.ts';

interface Row {
  id: string;
  status: string;
  email: string;
  emailVerified: boolean;
  username: string | null;
  claims: unknown;
  avatarName: string | null;
  isOwner: boolean;
  closesAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

function toAccount(row: Row): Account {
  return {
    id: row.id,
    status: row.status as AccountStatus,
    email: row.email,
    isEmailVerified: row.emailVerified,
    username: row.username ?? undefined,
    claims: row.claims as ProfileClaims,
    avatarName: row.avatarName ?? undefined,
    isOwner: row.isOwner,
    closesAt: row.closesAt ?? undefined,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

const columns = `id, status, email, email_verified AS "emailVerified", username, claims, avatar_name AS "avatarName", is_owner AS "isOwner", closes_at AS "closesAt",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads are plain statements: every token request passes here, and Prisma's own take several times the CPU. */
export function accountsRepository({ pool }: Pick<Database, 'pool'>) {
  const findMany = batchLookups(async (ids: string[]) => {
    const { rows } = await pool.query<Row>({
      name: 'accounts-by-id',
      text: `SELECT ${columns} FROM account WHERE id = ANY($1::uuid[])`,
      values: [ids],
    });
    return new Map(rows.map(row => [row.id, toAccount(row)]));
  });

  return {
    findById: async (id: string): Promise<Account | undefined> => (uuid.test(id) ? findMany(id) : undefined),

    /** By what people enter to say who they are: their address or their name. */
    async findByIdentifier(identifier: string): Promise<Account | undefined> {
      const { rows } = await pool.query<Row>({
        name: 'account-by-identifier',
        text: `SELECT ${columns} FROM account WHERE email_key = $1 OR username_key = $1`,
        values: [emailKeyOf(identifier)],
      });
      return rows[0] && toAccount(rows[0]);
    },

    async findByEmailKey(emailKey: string): Promise<Account | undefined> {
      const { rows } = await pool.query<Row>({
        name: 'account-by-email',
        text: `SELECT ${columns} FROM account WHERE email_key = $1`,
        values: [emailKey],
      });
      return rows[0] && toAccount(rows[0]);
    },
  };
}
