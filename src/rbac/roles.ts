import { type Actor, recordChange } from '../audit/index.ts';
import { AppError, type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';
import { countChange, refuseCycle, refuseStale, refuseTaken } from './change-graph.ts';

export interface RbacDeps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
}

/** What a role says: its own rules, and the names of the roles it includes. */
export interface RoleContent {
  name: string;
  description: string;
  rules: readonly { resourceServer: string; permission: string; effect: 'allow' | 'deny' }[];
  includes: readonly string[];
}

export interface StoredRole extends RoleContent {
  id: string;
  isBuiltIn: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const included = {
  rules: { include: { permission: true } },
  includes: { include: { included: { select: { id: true, name: true } } } },
} as const;

type Row = NonNullable<Awaited<ReturnType<typeof find>>>;

function find(transaction: Transaction, id: string) {
  return transaction.role.findUnique({ where: { id }, include: included });
}

function shown(row: Row): StoredRole {
  const { id, name, description, isBuiltIn, version, createdAt, updatedAt } = row;
  return {
    id,
    name,
    description,
    isBuiltIn,
    version,
    createdAt,
    updatedAt,
    rules: row.rules
      .map(({ effect, permission }) => ({
        resourceServer: permission.resourceServerId,
        permission: permission.name,
        effect: effect as 'allow' | 'deny',
      }))
      .toSorted((a, b) => compare(a.resourceServer, b.resourceServer) || compare(a.permission, b.permission)),
    includes: row.includes.map(({ included: { name: each } }) => each).toSorted(),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** @param after the id of a role: those made later than it */
export async function listRoles(
  { database }: Pick<RbacDeps, 'database'>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredRole[]> {
  const rows = await database.prisma.role.findMany({
    where: after === undefined ? {} : { id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
    include: included,
  });
  return rows.map(shown);
}

export async function findRole(
  { database }: Pick<RbacDeps, 'database'>,
  id: string,
): Promise<StoredRole | undefined> {
  const row = await find(database.prisma, id);
  return row === null ? undefined : shown(row);
}

/** @throws AppError `conflict` for a name that is taken or a cycle, `validation_failed` for what there is not */
export async function createRole(deps: RbacDeps, content: RoleContent, actor: Actor): Promise<StoredRole> {
  const { database, clock } = deps;
  return database.prisma.$transaction(async transaction => {
    await countChange(transaction);
    refuseTaken('role', await transaction.role.findUnique({ where: { name: content.name } }));
    const id = newId();
    const { name, description } = content;
    const now = dateOf(clock);
    await transaction.role.create({ data: { id, name, description, createdAt: now, updatedAt: now } });
    await write(transaction, { id, name }, content);
    const role = await mustFind(transaction, id);
    const change = { before: null, after: recorded(role) };
    await recordChange(transaction, deps, { type: 'role.created', actor, target: targetOf(id), ...change });
    return role;
  });
}

/**
 * @param version as whoever changes it has seen it
 * @throws AppError as createRole, `not_found`, `forbidden` for a role that came with Gatehouse, `precondition_failed`
 */
export async function updateRole(
  deps: RbacDeps,
  { id, version, change }: { id: string; version: number; change: Partial<RoleContent> },
  actor: Actor,
): Promise<StoredRole> {
  const { database, clock } = deps;
  return database.prisma.$transaction(async transaction => {
    await countChange(transaction);
    const before = await changeable(transaction, id, version);
    const content = { ...before, ...change };
    const { name, description } = content;
    refuseTaken('role', await transaction.role.findUnique({ where: { name } }), id);
    await transaction.role.update({
      where: { id },
      data: { name, description, version: { increment: 1 }, updatedAt: dateOf(clock) },
    });
    await write(transaction, { id, name }, content);
    const role = await mustFind(transaction, id);
    const changes = { before: recorded(before), after: recorded(role) };
    await recordChange(transaction, deps, { type: 'role.changed', actor, target: targetOf(id), ...changes });
    return role;
  });
}

/** @throws AppError as updateRole, and `conflict` as long as another role includes it */
export async function deleteRole(
  deps: RbacDeps,
  { id, version }: { id: string; version: number },
  actor: Actor,
): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    await countChange(transaction);
    const before = await changeable(transaction, id, version);
    const users = await transaction.roleInclusion.findMany({
      where: { includedId: id },
      include: { role: { select: { name: true } } },
    });
    if (users.length > 0) {
      const names = users.map(({ role }) => role.name).join(', ');
      throw new AppError('conflict', `It is included in ${names}. Take it out there first.`);
    }
    await transaction.role.delete({ where: { id } });
    const change = { before: recorded(before), after: null };
    await recordChange(transaction, deps, { type: 'role.deleted', actor, target: targetOf(id), ...change });
  });
}

const targetOf = (id: string) => ({ kind: 'role', id });

/** As it stands in an event, and so leaves the process. */
function recorded({ name, description, rules, includes }: RoleContent) {
  const shownRules = rules.map(({ resourceServer, ...rule }) => ({
    resource_server: resourceServer,
    ...rule,
  }));
  return { name, description, rules: shownRules, includes };
}

async function mustFind(transaction: Transaction, id: string): Promise<StoredRole> {
  const row = await find(transaction, id);
  if (row === null) throw new AppError('not_found', 'There is no such role.');
  return shown(row);
}

async function changeable(transaction: Transaction, id: string, version: number): Promise<StoredRole> {
  const role = await mustFind(transaction, id);
  if (role.isBuiltIn) {
    throw new AppError('forbidden', 'This role came with Gatehouse. Make one that includes it instead.');
  }
  refuseStale(role, version);
  return role;
}

/** Its rules and inclusions become those of the content. */
async function write(
  transaction: Transaction,
  role: { id: string; name: string },
  { rules, includes }: Pick<RoleContent, 'rules' | 'includes'>,
): Promise<void> {
  const roleId = role.id;
  const written = await permissionsIn(transaction, rules);
  const next = await transaction.role.findMany({
    where: { name: { in: [...includes] } },
    select: { id: true, name: true },
  });
  const unknown = includes.filter(name => !next.some(each => each.name === name));
  if (unknown.length > 0) throw new AppError('validation_failed', `There is no role ${unknown.join(', ')}.`);
  const edges = await transaction.roleInclusion.findMany({
    where: { roleId: { not: roleId } },
    select: { roleId: true, included: { select: { id: true, name: true } } },
  });
  const leads = edges.map(edge => ({ from: edge.roleId, to: edge.included }));
  refuseCycle(role, next, leads);

  await transaction.roleRule.deleteMany({ where: { roleId } });
  await transaction.roleRule.createMany({ data: written.map(rule => ({ roleId, ...rule })) });
  await transaction.roleInclusion.deleteMany({ where: { roleId } });
  await transaction.roleInclusion.createMany({ data: next.map(({ id }) => ({ roleId, includedId: id })) });
}

/** @throws AppError `validation_failed` for a permission that there is not, or of which two things are said */
async function permissionsIn(transaction: Transaction, rules: RoleContent['rules']) {
  const keyOf = (rule: { resourceServer: string; permission: string }) =>
    `${rule.permission} of ${rule.resourceServer}`;
  const keys = rules.map(keyOf);
  const twice = keys.find((key, place) => keys.indexOf(key) !== place);
  if (twice !== undefined) throw new AppError('validation_failed', `There are two rules about ${twice}.`);
  const permissions = await transaction.permission.findMany({
    where: { OR: rules.map(rule => ({ resourceServerId: rule.resourceServer, name: rule.permission })) },
  });
  const idOf = new Map(
    permissions.map(({ id, resourceServerId: resourceServer, name: permission }) => [
      keyOf({ resourceServer, permission }),
      id,
    ]),
  );
  return rules.map(rule => {
    const permissionId = idOf.get(keyOf(rule));
    if (permissionId === undefined) {
      throw new AppError('validation_failed', `There is no permission ${keyOf(rule)}.`);
    }
    return { permissionId, effect: rule.effect };
  });
}
