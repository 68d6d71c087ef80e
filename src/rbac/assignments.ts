import { type Actor, recordEvent } from '../audit/index.ts';
import { AppError, dateOf, newId } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';
import { builtInRoles } from './built-in-roles.ts';
import type { Condition } from './condition.ts';
import type { Scope } from './question.ts';
import type { RbacDeps } from './roles.ts';

/** Who gets a role. */
export interface Assignee {
  type: 'account' | 'group' | 'client';
  id: string;
}

export interface NewAssignment {
  /** Its name. */
  role: string;
  to: Assignee;
  scope?: Scope | undefined;
  startsAt?: Date | undefined;
  endsAt?: Date | undefined;
  condition?: Condition | undefined;
}

export interface StoredAssignment extends NewAssignment {
  id: string;
  createdAt: Date;
}

type Row = Awaited<ReturnType<typeof rows>>[number];

function rows(transaction: Transaction, where: object, limit: number) {
  return transaction.roleAssignment.findMany({
    where,
    orderBy: { id: 'asc' },
    take: limit,
    include: { role: { select: { name: true } } },
  });
}

function shown(row: Row): StoredAssignment {
  const { id, accountId, groupId, clientId, scope, startsAt, endsAt, condition, createdAt } = row;
  return {
    id,
    role: row.role.name,
    to:
      accountId !== null
        ? { type: 'account', id: accountId }
        : groupId !== null
          ? { type: 'group', id: groupId }
          : { type: 'client', id: clientId ?? '' },
    scope: (scope as Scope | null) ?? undefined,
    startsAt: startsAt ?? undefined,
    endsAt: endsAt ?? undefined,
    condition: (condition as Condition | null) ?? undefined,
    createdAt,
  };
}

export interface AssignmentFilter {
  role: string | undefined;
  /** All of them have it, which is so of one at most. */
  to: readonly Assignee[];
  /** The id of an assignment: those made later than it. */
  after: string | undefined;
  limit: number;
}

export async function listAssignments(
  { database }: Pick<RbacDeps, 'database'>,
  filter: AssignmentFilter,
): Promise<StoredAssignment[]> {
  const { role, to, after, limit } = filter;
  const where = {
    AND: to.map(columnOf),
    ...(role === undefined ? {} : { role: { name: role } }),
    ...(after === undefined ? {} : { id: { gt: after } }),
  };
  return (await rows(database.prisma, where, limit)).map(shown);
}

export async function findAssignment(
  { database }: Pick<RbacDeps, 'database'>,
  id: string,
): Promise<StoredAssignment | undefined> {
  const [row] = await rows(database.prisma, { id }, 1);
  return row && shown(row);
}

/** @throws AppError `validation_failed` for a role or somebody that there is not, and for a time window without time */
export async function assignRole(
  deps: RbacDeps,
  { role, to, scope, startsAt, endsAt, condition }: NewAssignment,
  actor: Actor,
): Promise<StoredAssignment> {
  return deps.database.prisma.$transaction(async transaction => {
    const found = await transaction.role.findUnique({ where: { name: role }, select: { id: true } });
    if (found === null) throw new AppError('validation_failed', `There is no role "${role}".`);
    if (found.id === builtInRoles.owner.id) {
      throw new AppError('validation_failed', 'Ownership is no assignment: it has no limits and no groups.');
    }
    if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt) {
      throw new AppError('validation_failed', 'It would end before it starts.');
    }
    if (!(await exists(transaction, to))) {
      throw new AppError('validation_failed', `There is no ${to.type} ${to.id}.`);
    }
    const id = newId();
    await transaction.roleAssignment.create({
      data: {
        id,
        roleId: found.id,
        ...columnOf(to),
        ...(scope === undefined ? {} : { scope }),
        ...(condition === undefined ? {} : { condition }),
        startsAt: startsAt ?? null,
        endsAt: endsAt ?? null,
        createdAt: dateOf(deps.clock),
      },
    });
    const [row] = await rows(transaction, { id }, 1);
    if (row === undefined) throw new Error('an assignment is gone in its own transaction');
    const assignment = shown(row);
    await record(transaction, deps, { type: 'role.assigned', assignment, actor });
    return assignment;
  });
}

/** @throws AppError `not_found` */
export async function unassignRole(deps: RbacDeps, id: string, actor: Actor): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    const [row] = await rows(transaction, { id }, 1);
    const { count } = await transaction.roleAssignment.deleteMany({ where: { id } });
    if (row === undefined || count === 0) throw new AppError('not_found', 'There is no such assignment.');
    await record(transaction, deps, { type: 'role.unassigned', assignment: shown(row), actor });
  });
}

function columnOf({ type, id }: Assignee) {
  if (type === 'account') return { accountId: id };
  return type === 'group' ? { groupId: id } : { clientId: id };
}

async function exists(transaction: Transaction, { type, id }: Assignee): Promise<boolean> {
  const by = { where: { id } };
  if (type === 'account') return (await transaction.account.count(by)) > 0;
  return (await (type === 'group' ? transaction.group.count(by) : transaction.client.count(by))) > 0;
}

function record(
  transaction: Transaction,
  deps: RbacDeps,
  event: { type: 'role.assigned' | 'role.unassigned'; assignment: StoredAssignment; actor: Actor },
): Promise<void> {
  const { type, assignment, actor } = event;
  const { id, role, to, scope, startsAt, endsAt, condition } = assignment;
  // Of an account only the reference of the event says which it is: it goes with the account.
  const content = {
    role,
    to: to.type === 'account' ? { type: to.type } : to,
    scope,
    starts_at: startsAt,
    ends_at: endsAt,
    // A condition may name a person; that there is one says enough.
    has_condition: condition !== undefined,
  };
  return recordEvent(transaction, deps, {
    type,
    accountId: to.type === 'account' ? to.id : undefined,
    actor,
    target: { kind: 'assignment', id },
    changes: type === 'role.assigned' ? { before: null, after: content } : { before: content, after: null },
    details: { name: role },
  });
}
