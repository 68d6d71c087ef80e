import { batchLookups, type Database } from '../store/index.ts';
import type { Condition } from './condition.ts';
import type { AccessSubject, Scope } from './question.ts';
import { type GraphRows, RoleGraph } from './role-graph.ts';

export interface HeldAssignment {
  /** Null for the one that every owner has by being it. */
  id: string | null;
  roleId: string;
  /** The group that has it, where it is not the subject's own. */
  group: string | null;
  scope: Scope | null;
  startsAt: string | null;
  endsAt: string | null;
  condition: Condition | null;
}

/** A subject as far as decisions need it, and the version of the roles at that moment. */
export interface Holder {
  isActive: boolean;
  isOwner: boolean;
  email: string | null;
  emailVerified: boolean | null;
  groups: string[];
  assignments: HeldAssignment[];
  version: number;
}

const assignmentJson = `json_build_object('id', a.id, 'roleId', a.role_id, 'group', g.name, 'scope', a.scope,
  'startsAt', to_char(a.starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'endsAt', to_char(a.ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'condition', a.condition)`;

/** Roles that came by groups, and by groups that these are in. */
const ofAccounts = `
  WITH RECURSIVE own(account_id, group_id) AS (
    SELECT account_id, group_id FROM group_member WHERE account_id = ANY($1::uuid[])
    UNION
    SELECT own.account_id, n.group_id FROM own JOIN group_nesting n ON n.nested_id = own.group_id
  ), held AS (
    SELECT a.account_id AS who, ${assignmentJson} AS assignment
    FROM role_assignment a LEFT JOIN "group" g ON false WHERE a.account_id = ANY($1::uuid[])
    UNION ALL
    SELECT own.account_id, ${assignmentJson}
    FROM own JOIN role_assignment a ON a.group_id = own.group_id JOIN "group" g ON g.id = own.group_id
  )
  SELECT account.id, status = 'active' AS "isActive", is_owner AS "isOwner", email,
    email_verified AS "emailVerified", (SELECT version FROM access_version) AS version,
    COALESCE((SELECT array_agg(g.name ORDER BY g.name) FROM own JOIN "group" g ON g.id = own.group_id
              WHERE own.account_id = account.id), '{}') AS groups,
    COALESCE((SELECT json_agg(assignment) FROM held WHERE who = account.id), '[]') AS assignments
  FROM account WHERE id = ANY($1::uuid[])`;

const ofClients = `
  SELECT client.id, is_enabled AS "isActive", false AS "isOwner", NULL AS email, NULL AS "emailVerified",
    (SELECT version FROM access_version) AS version, '{}'::text[] AS groups,
    COALESCE((SELECT json_agg(${assignmentJson}) FROM role_assignment a LEFT JOIN "group" g ON false
              WHERE a.client_id = client.id), '[]') AS assignments
  FROM client WHERE id = ANY($1)`;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function accessRepository({ pool }: Pick<Database, 'pool'>) {
  const lookUp = (name: string, text: string) =>
    batchLookups(async (ids: string[]) => {
      const { rows } = await pool.query<Holder & { id: string }>({ name, text, values: [ids] });
      return new Map(rows.map(({ id, ...holder }) => [id, holder]));
    });
  const findAccount = lookUp('access-of-accounts', ofAccounts);
  const findClient = lookUp('access-of-clients', ofClients);

  return {
    /** One statement for all who ask in one moment, and never an answer from before a change. */
    async findHolder({ type, id }: AccessSubject): Promise<Holder | undefined> {
      if (type === 'client') return findClient(id);
      return type === 'account' && uuid.test(id) ? findAccount(id) : undefined;
    },

    async version(): Promise<number> {
      const { rows } = await pool.query<{ version: number }>({
        name: 'access-version',
        text: 'SELECT version FROM access_version',
      });
      return rows[0]?.version ?? 0;
    },

    async loadGraph(): Promise<RoleGraph> {
      const { rows } = await pool.query<GraphRows>({
        name: 'access-roles',
        text: `SELECT version,
          COALESCE((SELECT json_agg(json_build_object('id', id, 'resourceServer', resource_server_id, 'name', name)) FROM permission), '[]') AS permissions,
          COALESCE((SELECT json_agg(json_build_object('id', id, 'name', name)) FROM role), '[]') AS roles,
          COALESCE((SELECT json_agg(json_build_object('roleId', role_id, 'includedId', included_id)) FROM role_inclusion), '[]') AS inclusions,
          COALESCE((SELECT json_agg(json_build_object('roleId', role_id, 'permissionId', permission_id, 'effect', effect)) FROM role_rule), '[]') AS rules
          FROM access_version`,
      });
      const row = rows[0];
      if (row === undefined) throw new Error('access_version has no row');
      return new RoleGraph(row);
    },
  };
}
