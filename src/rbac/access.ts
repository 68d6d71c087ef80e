import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { accessRepository } from './access.repository.ts';
import { type Decision, decide } from './decide.ts';
import { type EffectivePermission, effectivePermissions, effectiveRoles } from './effective-permissions.ts';
import type { AccessSubject, Question } from './question.ts';
import type { KnownPermission, RoleGraph } from './role-graph.ts';

export type PermissionName = Pick<KnownPermission, 'resourceServer' | 'name'>;

export interface Access {
  check(question: Question): Promise<Decision>;
  /** As effectivePermissions; nothing for whoever is not there, or not active. */
  permissionsOf(subject: AccessSubject): Promise<EffectivePermission[]>;
  /** As effectiveRoles; nothing for whoever is not there, or not active. */
  rolesOf(subject: AccessSubject): Promise<{ roles: string[]; groups: string[] }>;
  /** Everything that roles say, allowed or denied, by name: what whoever hands them out gives or takes. */
  saidBy(roles: readonly string[]): Promise<PermissionName[]>;
}

/**
 * The one engine that says who may do what; one a process. Roles are kept in memory and assignments are not; the version
 * that is read with the assignments says whether the roles in memory are still those that count.
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

  /** Read once for all who find the same roles old. */
  async function graphOf(version: number): Promise<RoleGraph> {
    const known = await (graph ?? load());
    if (known.version >= version) return known;
    const current = await graph;
    return current === undefined || current === known ? load() : current;
  }

  async function look(subject: AccessSubject) {
    const holder = await repository.findHolder(subject);
    return { holder, graph: await graphOf(holder?.version ?? 0) };
  }

  return {
    async check(question) {
      const found = await look(question.subject);
      return decide(found.graph, found.holder, question, clock.now());
    },

    async permissionsOf(subject) {
      const { holder, graph: roles } = await look(subject);
      return holder?.isActive === true ? effectivePermissions(roles, holder, clock.now()) : [];
    },

    async rolesOf(subject) {
      const { holder, graph: roles } = await look(subject);
      return holder?.isActive === true
        ? effectiveRoles(roles, holder, clock.now())
        : { roles: [], groups: [] };
    },

    async saidBy(names) {
      const known = await graphOf(await repository.version());
      const ids = names.flatMap(name => known.idOf(name) ?? []);
      const said = new Set(ids.flatMap(id => [...known.closureOf(id).keys()]));
      return [...said].flatMap(id => known.permission(id) ?? []);
    },
  };
}
