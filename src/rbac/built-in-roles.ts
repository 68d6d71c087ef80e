/**
 * Roles for administrators of Gatehouse itself: permissions of the management API, each as little as its work takes.
 * Their ids are the same everywhere, so that declarative files can name them.
 */
export interface BuiltInRole {
  id: string;
  name: string;
  description: string;
  /** Which permissions of the management API; includes those of later versions where a whole kind is meant. */
  may: (permission: string) => boolean;
}

const idOf = (number: number) => `00000000-0000-7000-8000-00000000000${number}`;
const oneOf =
  (...names: string[]) =>
  (permission: string) =>
    names.includes(permission);

/** Only the owner hands out ownership, rotates keys and changes settings. */
const ofOwners = oneOf('keys:rotate', 'settings:write');

export const builtInRoles = {
  owner: { id: idOf(1), name: 'owner', description: 'Everything.', may: () => true },
  administrator: {
    id: idOf(2),
    name: 'administrator',
    description: 'Everything but keys, settings and owners.',
    may: permission => !ofOwners(permission),
  },
  support: {
    id: idOf(3),
    name: 'support',
    description: 'Helps people: looks at accounts, sessions and grants, and ends sessions.',
    may: oneOf('accounts:read', 'sessions:read', 'sessions:write', 'grants:read'),
  },
  auditor: {
    id: idOf(4),
    name: 'auditor',
    description: 'Reads everything, changes nothing.',
    may: permission => permission.endsWith(':read'),
  },
  applicationManager: {
    id: idOf(5),
    name: 'application-manager',
    description: 'Registers applications and their APIs.',
    may: oneOf('clients:read', 'clients:write', 'roles:read', 'decisions:read'),
  },
} as const satisfies Record<string, BuiltInRole>;
