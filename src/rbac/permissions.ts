import { type Actor, recordChange } from '../audit/index.ts';
import { AppError, dateOf, newId } from '../kernel/index.ts';
import { countChange } from './change-graph.ts';
import type { RbacDeps } from './roles.ts';

export interface StoredPermission {
  id: string;
  /** Its identifier. */
  resourceServer: string;
  name: string;
  description: string;
  createdAt: Date;
}

export type NewPermission = Pick<StoredPermission, 'resourceServer' | 'name' | 'description'>;

/** What a permission may be called: a scope token (RFC 6749 section 3.3) that begins with a letter. */
export const permissionName = /^[A-Za-z][\w:./-]{0,99}$/;

interface Row extends Omit<StoredPermission, 'resourceServer'> {
  resourceServerId: string;
}

const shown = ({ resourceServerId, ...rest }: Row): StoredPermission => ({
  ...rest,
  resourceServer: resourceServerId,
});

/** @param after the id of a permission: those made later than it */
export async function listPermissions(
  { database }: Pick<RbacDeps, 'database'>,
  {
    resourceServer,
    after,
    limit,
  }: { resourceServer?: string | undefined; after: string | undefined; limit: number },
): Promise<StoredPermission[]> {
  const rows = await database.prisma.permission.findMany({
    where: {
      ...(resourceServer === undefined ? {} : { resourceServerId: resourceServer }),
      ...(after === undefined ? {} : { id: { gt: after } }),
    },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(shown);
}

export async function findPermission(
  { database }: Pick<RbacDeps, 'database'>,
  id: string,
): Promise<StoredPermission | undefined> {
  const row = await database.prisma.permission.findUnique({ where: { id } });
  return row === null ? undefined : shown(row);
}

/** @throws AppError `validation_failed` where there is no such resource server, `conflict` for a name that is taken */
export async function declarePermission(
  deps: RbacDeps,
  { resourceServer, name, description }: NewPermission,
  actor: Actor,
): Promise<StoredPermission> {
  return deps.database.prisma.$transaction(async transaction => {
    await countChange(transaction);
    const server = await transaction.resourceServer.count({ where: { identifier: resourceServer } });
    if (server === 0) {
      throw new AppError('validation_failed', `There is no resource server ${resourceServer}.`);
    }
    const own = { resourceServerId: resourceServer, name };
    if ((await transaction.permission.count({ where: own })) > 0) {
      throw new AppError('conflict', `${resourceServer} has a permission "${name}" already.`);
    }
    const row = await transaction.permission.create({
      data: { id: newId(), ...own, description, createdAt: dateOf(deps.clock) },
    });
    const target = { kind: 'permission', id: row.id };
    const change = { before: null, after: recorded(row) };
    await recordChange(transaction, deps, { type: 'permission.created', actor, target, ...change });
    return shown(row);
  });
}

/** Rules about it go with it. @throws AppError `not_found` */
export async function removePermission(deps: RbacDeps, id: string, actor: Actor): Promise<void> {
  await deps.database.prisma.$transaction(async transaction => {
    await countChange(transaction);
    const row = await transaction.permission.findUnique({ where: { id } });
    if (row === null) throw new AppError('not_found', 'There is no such permission.');
    await transaction.permission.delete({ where: { id } });
    const target = { kind: 'permission', id };
    const change = { before: recorded(row), after: null };
    await recordChange(transaction, deps, { type: 'permission.deleted', actor, target, ...change });
  });
}

/** As it stands in an event, and so leaves the process. */
function recorded({ resourceServerId, name, description }: Row) {
  return { resource_server: resourceServerId, name, description };
}
