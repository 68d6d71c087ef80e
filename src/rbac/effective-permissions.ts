import type { Holder } from './access.repository.ts';
import { assignmentsInTime } from './held-assignments.ts';
import type { KnownPermission, RoleGraph } from './role-graph.ts';

/** Something that somebody may do, and by what. */
export interface EffectivePermission extends KnownPermission {
  /** Every way there is to it, as names of roles from the one that is assigned. */
  through: { assignmentId: string | null; group: string | null; roles: readonly string[] }[];
  /** Whether one of the ways has neither scope nor condition. */
  isUnlimited: boolean;
}

/** What a subject may do now: without what is denied without limits, and without asking scopes and conditions. Pure. */
export function effectivePermissions(graph: RoleGraph, holder: Holder, now: number): EffectivePermission[] {
  const said = assignmentsInTime(holder, now).flatMap(assignment =>
    [...graph.closureOf(assignment.roleId)].flatMap(([permissionId, paths]) =>
      paths.map(path => ({ assignment, permissionId, path, isUnlimited: assignment.isUnlimited })),
    ),
  );
  const denied = new Set(
    said.flatMap(({ permissionId, path, isUnlimited }) =>
      path.effect === 'deny' && isUnlimited ? [permissionId] : [],
    ),
  );
  const allowed = said.filter(
    ({ permissionId, path }) => path.effect === 'allow' && !denied.has(permissionId),
  );
  return [...Map.groupBy(allowed, ({ permissionId }) => permissionId)].flatMap(([permissionId, ways]) => {
    const permission = graph.permission(permissionId);
    if (permission === undefined) return [];
    const through = ways.map(({ assignment: { id, group }, path: { roles } }) => ({
      assignmentId: id,
      group,
      roles,
    }));
    return [{ ...permission, through, isUnlimited: ways.some(way => way.isUnlimited) }];
  });
}

/** The names of the roles that are assigned without limits of scope and condition, and of the groups. Pure. */
export function effectiveRoles(
  graph: RoleGraph,
  holder: Holder,
  now: number,
): { roles: string[]; groups: string[] } {
  const unlimited = assignmentsInTime(holder, now).filter(({ isUnlimited }) => isUnlimited);
  const names = unlimited.map(({ roleId }) => graph.nameOf(roleId));
  return { roles: [...new Set(names)].toSorted(), groups: holder.groups };
}
