import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { accessRepository } from './access.repository.ts';
import { assignmentsOf, type Decision, decide } from './decide.ts';
import type { AccessSubject, Question } from './question.ts';
import type { KnownPermission, RoleGraph } from './role-graph.ts';

export type PermissionName = Pick<KnownPermission, 'resourceServer' | 'name'>;

/** Something that somebody may do, and by what. */
export interface EffectivePermission extends KnownPermission {
  /** Every way there is to it, as names of roles from the one that is assigned. */
  through: readonly { assignmentId: string | null; group: string | null; roles: readonly string[] }[];
  /** Whether one of the ways has neither scope nor condition. */
  isUnlimited: boolean;
}

export interface Access {
  check(question: Question): Promise<Decision>;
  /** What somebody may do now. What is denied without limits is not in it; limits of scope and condition are not asked. */
  permissionsOf(subject: AccessSubject): Promise<EffectivePermission[]>;
  /** Everything that roles say, allowed or denied, by name: what whoever hands them out gives or takes. */
  saidBy(roles: readonly string[]): Promise<PermissionName[]>;
  /** The names of the roles that are assigned without limits of scope and condition, and of the groups. */
  rolesOf(subject: AccessSubject): Promise<{ roles: string[]; groups: string[] }>;
}

/**
 * The one engine that says who may do what. Roles are kept in memory and assignments are not; the version that is read
 * with the assignments says whether the roles in memory are still those that count.
 */
export function createAccess({
  database,
  clock,
}: {
  database: Pick<Database, 'pool'>;
  clock: Clock;
}): Access {
  const repository = accessRepository(database);
  let graph: Promise<RoleGraph> | undefined;

  const load = () => {
    const loading = repository.loadGraph();
    // A failure is not remembered: whoever comes next asks again.
    loading.catch(() => {
      if (graph === loading) graph = undefined;
    });
    graph = loading;
    return loading;
  };

  async function look(subject: AccessSubject) {
    const holder = await repository.findHolder(subject);
    const known = await (graph ?? load());
    const isOld = holder !== undefined && known.version < holder.version;
    return { holder, graph: isOld ? await reload(known) : known };
  }

  /** Once for all who find the same graph old. */
  async function reload(old: RoleGraph): Promise<RoleGraph> {
    const current = await graph;
    return current === undefined || current === old ? load() : current;
  }

  /** For who asks about roles alone: the version says whether those in memory are the latest. */
  async function latest(): Promise<RoleGraph> {
    const known = await (graph ?? load());
    return known.version < (await repository.version()) ? reload(known) : known;
  }

  return {
    async check(question) {
      const found = await look(question.subject);
      return decide(found.graph, found.holder, question, clock.now());
    },

    async permissionsOf(subject) {
      const { holder, graph: roles } = await look(subject);
      if (holder?.isActive !== true) return [];
      const now = clock.now();
      const denied = new Set<string>();
      const found = new Map<string, EffectivePermission>();
      for (const { id, roleId, group, scope, condition, startsAt, endsAt } of assignmentsOf(holder)) {
        if (startsAt !== null && now < Date.parse(startsAt)) continue;
        if (endsAt !== null && now >= Date.parse(endsAt)) continue;
        const isUnlimited = scope === null && condition === null;
        for (const [permissionId, paths] of roles.closureOf(roleId)) {
          for (const { effect, roles: names } of paths) {
            const permission = roles.permission(permissionId);
            if (permission === undefined) continue;
            if (effect === 'deny') {
              if (isUnlimited) denied.add(permissionId);
              continue;
            }
            const before = found.get(permissionId);
            found.set(permissionId, {
              ...permission,
              through: [...(before?.through ?? []), { assignmentId: id, group, roles: names }],
              isUnlimited: isUnlimited || before?.isUnlimited === true,
            });
          }
        }
      }
      return [...found.values()].filter(({ id }) => !denied.has(id));
    },

    async saidBy(names) {
      const known = await latest();
      const ids = names.flatMap(name => known.idOf(name) ?? []);
      const said = new Set(ids.flatMap(id => [...known.closureOf(id).keys()]));
      return [...said].flatMap(id => known.permission(id) ?? []);
    },

    async rolesOf(subject) {
      const { holder, graph: roles } = await look(subject);
      if (holder?.isActive !== true) return { roles: [], groups: [] };
      const now = clock.now();
      const names = assignmentsOf(holder)
        .filter(
          ({ scope, condition, startsAt, endsAt }) =>
            scope === null &&
            condition === null &&
            (startsAt === null || now >= Date.parse(startsAt)) &&
            (endsAt === null || now < Date.parse(endsAt)),
        )
        .map(({ roleId }) => roles.nameOf(roleId));
      return { roles: [...new Set(names)].toSorted(), groups: holder.groups };
    },
  };
}
