import { type Actor, recordEvent } from '../audit/index.ts';
import { AppError, type Clock, dateOf, newId } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';
import { countChange, refuseCycle } from './change-graph.ts';

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
    await refuseTaken(transaction, content.name, undefined);
    const id = newId();
    const { name, description } = content;
    const now = dateOf(clock);
    await transaction.role.create({ data: { id, name, description, createdAt: now, updatedAt: now } });
    await write(transaction, { id, name }, content);
    const role = await mustFind(transaction, id);
    const event = { target: { kind: 'role', id }, changes: { before: null, after: contentOf(role) } };
    await recordEvent(transaction, deps, { type: 'role.created', accountId: undefined, actor, ...event });
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
    const content = { ...contentOf(before), ...change };
    await refuseTaken(transaction, content.name, id);
    const { name, description } = content;
    await transaction.role.update({
      where: { id },
      data: { name, description, version: { increment: 1 }, updatedAt: dateOf(clock) },
    });
    await write(transaction, { id, name }, content);
    const role = await mustFind(transaction, id);
    const changes = { before: contentOf(before), after: contentOf(role) };
    const event = { target: { kind: 'role', id }, changes };
    await recordEvent(transaction, deps, { type: 'role.changed', accountId: undefined, actor, ...event });
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
    const event = { target: { kind: 'role', id }, changes: { before: contentOf(before), after: null } };
    await recordEvent(transaction, deps, { type: 'role.deleted', accountId: undefined, actor, ...event });
  });
}

function contentOf({ name, description, rules, includes }: RoleContent): RoleContent {
  return { name, description, rules, includes };
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
  if (role.version !== version) {
    throw new AppError('precondition_failed', 'It has changed since you read it. Read it again.');
  }
  return role;
}

async function refuseTaken(transaction: Transaction, name: string, own: string | undefined): Promise<void> {
  const taken = await transaction.role.findUnique({ where: { name }, select: { id: true } });
  if (taken !== null && taken.id !== own) {
    throw new AppError('conflict', `There is a role "${name}" already.`);
  }
}

/** Its rules and inclusions become those of the content. */
async function write(
  transaction: Transaction,
  role: { id: string; name: string },
  { rules, includes }: Pick<RoleContent, 'rules' | 'includes'>,
): Promise<void> {
  const roleId = role.id;
  const permissions = await transaction.permission.findMany({
    where: { OR: rules.map(rule => ({ resourceServerId: rule.resourceServer, name: rule.permission })) },
  });
  const idOf = new Map(permissions.map(({ id, ...each }) => [`${each.resourceServerId} ${each.name}`, id]));
  const next = await transaction.role.findMany({
    where: { name: { in: [...includes] } },
    select: { id: true, name: true },
  });
  const unknown = [
    ...rules
      .filter(rule => !idOf.has(`${rule.resourceServer} ${rule.permission}`))
      .map(rule => `the permission ${rule.permission} of ${rule.resourceServer}`),
    ...includes.filter(name => !next.some(each => each.name === name)).map(name => `the role ${name}`),
  ];
  if (unknown.length > 0) {
    throw new AppError('validation_failed', `There is no such thing as ${unknown.join(', ')}.`);
  }
  const edges = await transaction.roleInclusion.findMany({
    select: { roleId: true, included: { select: { id: true, name: true } } },
  });
  // Those of the role itself are replaced.
  const others = edges.filter(edge => edge.roleId !== roleId);
  refuseCycle(
    role,
    next,
    others.map(edge => ({ from: edge.roleId, to: edge.included })),
  );

  await transaction.roleRule.deleteMany({ where: { roleId } });
  await transaction.roleRule.createMany({
    data: rules.map(rule => ({
      roleId,
      permissionId: idOf.get(`${rule.resourceServer} ${rule.permission}`) ?? '',
      effect: rule.effect,
    })),
  });
  await transaction.roleInclusion.deleteMany({ where: { roleId } });
  await transaction.roleInclusion.createMany({ data: next.map(({ id }) => ({ roleId, includedId: id })) });
}
