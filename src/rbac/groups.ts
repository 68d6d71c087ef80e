import { type Actor, recordChange, recordEvent } from '../audit/index.ts';
import { AppError, dateOf, newId } from '../kernel/index.ts';
import { lockName, type Transaction } from '../store/index.ts';
import { refuseCycle, refuseStale, refuseTaken } from './change-graph.ts';
import type { RbacDeps } from './roles.ts';

/** What a group is: the groups named are in it, and so are their members. */
export interface GroupContent {
  name: string;
  description: string;
  groups: readonly string[];
}

export interface StoredGroup extends GroupContent {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const included = { contains: { include: { nested: { select: { name: true } } } } } as const;

type Row = NonNullable<Awaited<ReturnType<typeof find>>>;

function find(transaction: Transaction, id: string) {
  return transaction.group.findUnique({ where: { id }, include: included });
}

function shown({ contains, ...row }: Row): StoredGroup {
  return { ...row, groups: contains.map(({ nested }) => nested.name).toSorted() };
}

/** Changes of groups take turns: two that make a cycle together cannot both be found free of one. */
const groupsLock = 'groups';

const targetOf = (id: string) => ({ kind: 'group', id });

const contentOf = ({ name, description, groups }: GroupContent) => ({ name, description, groups });

/** @param after the id of a group: those made later than it */
export async function listGroups(
  { database }: Pick<RbacDeps, 'database'>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<StoredGroup[]> {
  const rows = await database.prisma.group.findMany({
    where: after === undefined ? {} : { id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
    include: included,
  });
  return rows.map(shown);
}

export async function findGroup(
  { database }: Pick<RbacDeps, 'database'>,
  id: string,
): Promise<StoredGroup | undefined> {
  const row = await find(database.prisma, id);
  return row === null ? undefined : shown(row);
}

/** @throws AppError `conflict` for a name that is taken, `validation_failed` for groups that there are not */
export async function createGroup(deps: RbacDeps, content: GroupContent, actor: Actor): Promise<StoredGroup> {
  return deps.database.prisma.$transaction(async transaction => {
    await lockName(transaction, groupsLock);
    refuseTaken('group', await transaction.group.findUnique({ where: { name: content.name } }));
    const now = dateOf(deps.clock);
    const id = newId();
    const { name, description } = content;
    await transaction.group.create({ data: { id, name, description, createdAt: now, updatedAt: now } });
    await nest(transaction, { id, name }, content.groups);
    const group = await mustFind(transaction, id);
    const change = { before: null, after: contentOf(group) };
    await recordChange(transaction, deps, { type: 'group.created', actor, target: targetOf(id), ...change });
    return group;
  });
}

/**
 * @param version as whoever changes it has seen it
 * @throws AppError as createGroup, `not_found`, `precondition_failed`, and `conflict` with the way round for a cycle
 */
export async function updateGroup(
  deps: RbacDeps,
  { id, version, change }: { id: string; version: number; change: Partial<GroupContent> },
  actor: Actor,
): Promise<StoredGroup> {
  return deps.database.prisma.$transaction(async transaction => {
    await lockName(transaction, groupsLock);
    const before = await mustFind(transaction, id);
    refuseStale(before, version);
    const content = { ...contentOf(before), ...change };
    const { name, description } = content;
    refuseTaken('group', await transaction.group.findUnique({ where: { name } }), id);
    await transaction.group.update({
      where: { id },
      data: { name, description, version: { increment: 1 }, updatedAt: dateOf(deps.clock) },
    });
    await nest(transaction, { id, name }, content.groups);
    const group = await mustFind(transaction, id);
    const changes = { before: contentOf(before), after: contentOf(group) };
    await recordChange(transaction, deps, { type: 'group.changed', actor, target: targetOf(id), ...changes });
    return group;
  });
}

/** Its members stay, and lose what they had by it. @throws AppError `not_found`, `precondition_failed` */
export async function deleteGroup(
  deps: RbacDeps,
  { id, version }: { id: string; version: number },
  actor: Actor,
): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    await lockName(transaction, groupsLock);
    const before = await mustFind(transaction, id);
    refuseStale(before, version);
    await transaction.group.delete({ where: { id } });
    const change = { before: contentOf(before), after: null };
    await recordChange(transaction, deps, { type: 'group.deleted', actor, target: targetOf(id), ...change });
  });
}

/** Does nothing where it is so already. @throws AppError `not_found` for a group or an account that there is not */
export async function setMembership(
  deps: RbacDeps,
  { groupId, accountId, isMember }: { groupId: string; accountId: string; isMember: boolean },
  actor: Actor,
): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    const { name } = await mustFind(transaction, groupId);
    if ((await transaction.account.count({ where: { id: accountId } })) === 0) {
      throw new AppError('not_found', 'There is no such account.');
    }
    const member = { groupId, accountId };
    const { count } = isMember
      ? await transaction.groupMember.createMany({
          data: [{ ...member, createdAt: dateOf(deps.clock) }],
          skipDuplicates: true,
        })
      : await transaction.groupMember.deleteMany({ where: member });
    if (count === 0) return;
    await recordEvent(transaction, deps, {
      type: isMember ? 'group.member-added' : 'group.member-removed',
      accountId,
      actor,
      target: targetOf(groupId),
      details: { name },
    });
  });
}

/** @param after the id of an account: those after it. @returns ids of accounts, without those of groups in the group */
export async function listMembers(
  { database }: Pick<RbacDeps, 'database'>,
  { groupId, after, limit }: { groupId: string; after: string | undefined; limit: number },
): Promise<{ accountId: string; addedAt: Date }[]> {
  const rows = await database.prisma.groupMember.findMany({
    where: { groupId, ...(after === undefined ? {} : { accountId: { gt: after } }) },
    orderBy: { accountId: 'asc' },
    take: limit,
  });
  return rows.map(({ accountId, createdAt }) => ({ accountId, addedAt: createdAt }));
}

/** The names of the roles that members have by the group, or by one that it is in. */
export async function rolesGivenBy(
  { database }: Pick<RbacDeps, 'database'>,
  groupId: string,
): Promise<string[]> {
  const rows = await database.prisma.$queryRaw<{ name: string }[]>`
    WITH RECURSIVE above(id) AS (
      SELECT ${groupId}::uuid
      UNION SELECT n.group_id FROM group_nesting n JOIN above ON n.nested_id = above.id
    )
    SELECT DISTINCT r.name FROM above
    JOIN role_assignment a ON a.group_id = above.id JOIN role r ON r.id = a.role_id`;
  return rows.map(({ name }) => name);
}

async function mustFind(transaction: Transaction, id: string): Promise<StoredGroup> {
  const row = await find(transaction, id);
  if (row === null) throw new AppError('not_found', 'There is no such group.');
  return shown(row);
}

/** The groups in it become those named. */
async function nest(
  transaction: Transaction,
  group: { id: string; name: string },
  names: readonly string[],
): Promise<void> {
  const next = await transaction.group.findMany({
    where: { name: { in: [...names] } },
    select: { id: true, name: true },
  });
  const unknown = names.filter(name => !next.some(each => each.name === name));
  if (unknown.length > 0) {
    throw new AppError('validation_failed', `There is no group ${unknown.join(', ')}.`);
  }
  // Only what can be reached: there may be very many groups.
  const edges = await transaction.$queryRaw<{ from: string; id: string; name: string }[]>`
    WITH RECURSIVE below(id) AS (
      SELECT unnest(${next.map(({ id }) => id)}::uuid[])
      UNION SELECT n.nested_id FROM group_nesting n JOIN below ON n.group_id = below.id
    )
    SELECT n.group_id AS "from", g.id, g.name
    FROM group_nesting n JOIN below ON n.group_id = below.id JOIN "group" g ON g.id = n.nested_id
    WHERE n.group_id <> ${group.id}::uuid`;
  refuseCycle(
    group,
    next,
    edges.map(({ from, ...to }) => ({ from, to })),
  );
  await transaction.groupNesting.deleteMany({ where: { groupId: group.id } });
  await transaction.groupNesting.createMany({
    data: next.map(({ id }) => ({ groupId: group.id, nestedId: id })),
  });
}
