export interface KnownPermission {
  id: string;
  resourceServer: string;
  name: string;
}

type Effect = 'allow' | 'deny';

export interface GraphRows {
  version: number;
  permissions: readonly KnownPermission[];
  roles: readonly { id: string; name: string }[];
  inclusions: readonly { roleId: string; includedId: string }[];
  rules: readonly { roleId: string; permissionId: string; effect: Effect }[];
}

/** How a role comes to say something of a permission: the names of roles, from the one that is assigned. */
export interface Path {
  effect: Effect;
  roles: readonly string[];
}

/** All roles and what they say, in memory: there are thousands of these where there are millions of assignments. */
export class RoleGraph {
  readonly version: number;
  readonly #permissions = new Map<string, KnownPermission>();
  readonly #byName = new Map<string, KnownPermission[]>();
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  readonly #includes = new Map<string, string[]>();
  readonly #rules = new Map<string, { permissionId: string; effect: Effect }[]>();
  /** What was worked out already: a role with all it includes. */
  readonly #closures = new Map<string, Map<string, Path[]>>();

  constructor({ version, permissions, roles, inclusions, rules }: GraphRows) {
    this.version = version;
    for (const permission of permissions) {
      this.#permissions.set(permission.id, permission);
      append(this.#byName, permission.name, permission);
    }
    for (const { id, name } of roles) {
      this.#names.set(id, name);
      this.#ids.set(name, id);
    }
    for (const { roleId, includedId } of inclusions) append(this.#includes, roleId, includedId);
    for (const { roleId, ...rule } of rules) append(this.#rules, roleId, rule);
  }

  nameOf(roleId: string): string {
    return this.#names.get(roleId) ?? roleId;
  }

  permission(id: string): KnownPermission | undefined {
    return this.#permissions.get(id);
  }

  /** Every permission of that name, at that resource server if one is given. */
  permissionsNamed(name: string, resourceServer: string | undefined): KnownPermission[] {
    const all = this.#byName.get(name) ?? [];
    return resourceServer === undefined ? all : all.filter(each => each.resourceServer === resourceServer);
  }

  /** What a role says by itself and through those it includes: by the id of a permission, the shortest ways. */
  closureOf(roleId: string): ReadonlyMap<string, readonly Path[]> {
    const known = this.#closures.get(roleId);
    if (known !== undefined) return known;
    const closure = new Map<string, Path[]>();
    const seen = new Set([roleId]);
    let level = [{ id: roleId, roles: [this.nameOf(roleId)] }];
    while (level.length > 0) {
      for (const { id, roles } of level) {
        for (const { permissionId, effect } of this.#rules.get(id) ?? []) {
          const paths = closure.get(permissionId) ?? [];
          if (!paths.some(path => path.effect === effect)) {
            closure.set(permissionId, [...paths, { effect, roles }]);
          }
        }
      }
      level = level.flatMap(({ id, roles }) =>
        (this.#includes.get(id) ?? [])
          .filter(next => !seen.has(next) && seen.add(next))
          .map(next => ({ id: next, roles: [...roles, this.nameOf(next)] })),
      );
    }
    this.#closures.set(roleId, closure);
    return closure;
  }

  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }

  /** The names of roles that would allow it by a rule of their own. */
  rolesThatAllow(permissionId: string): string[] {
    return [...this.#rules]
      .filter(([, rules]) =>
        rules.some(rule => rule.permissionId === permissionId && rule.effect === 'allow'),
      )
      .map(([roleId]) => this.nameOf(roleId))
      .toSorted();
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
