import { createAccount } from '../../src/accounts/index.ts';
import { saveClient, saveResourceServer } from '../../src/clients/index.ts';
import {
  type Access,
  assignRole,
  createAccess,
  createRole,
  declarePermission,
  type NewAssignment,
  type RbacDeps,
  type RoleContent,
} from '../../src/rbac/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { freshDatabase } from '../support/services.ts';

export const invoices = 'https://invoices.example';
export const by = { kind: 'operator' } as const;

export interface RbacUnderTest extends RbacDeps {
  access: Access;
  url: string;
  /** An engine with a connection and a memory of its own, as in another process. */
  another(): Access;
  setTime(time: string): void;
  account(name: string, isOwner?: boolean): Promise<string>;
  client(id: string): Promise<string>;
  permission(name: string, resourceServer?: string): Promise<string>;
  /** With rules by short words: `invoices:read` allows, `!invoices:read` denies. */
  role(name: string, rules: string[], includes?: string[]): Promise<string>;
  assign(assignment: NewAssignment): Promise<string>;
  close(): Promise<void>;
}

export async function startRbac(): Promise<RbacUnderTest> {
  const { url, drop } = await freshDatabase();
  const database = openDatabase({ url, poolSize: 4 });
  const other = openDatabase({ url, poolSize: 2 });
  const sealer = createSealer([{ id: 'a', bytes: Buffer.alloc(32, 7) }]);
  let now = Date.parse('2026-03-02T12:00:00Z');
  const clock = { now: () => now };
  const deps = { database, clock, sealer };
  const add = (resourceServer: string) =>
    database.prisma.$transaction(transaction =>
      saveResourceServer(
        { transaction, clock },
        {
          identifier: resourceServer,
          name: resourceServer,
          scopes: [],
          accessTokenFormat: 'jwt',
          accessTokenSigningAlg: 'ES256',
          accessTokenLifetimeSeconds: 600,
        },
      ),
    );
  await add(invoices);
  await add('https://other.example');

  return {
    ...deps,
    url,
    access: createAccess(deps),
    another: () => createAccess({ database: other, clock }),
    setTime: time => {
      now = Date.parse(time);
    },
    account: (name, isOwner = false) =>
      database.prisma.$transaction(transaction =>
        createAccount(
          { transaction, clock },
          { email: `${name}@lantern.example`, isEmailVerified: true, claims: {}, isOwner },
        ),
      ),
    async client(id) {
      await database.prisma.$transaction(transaction =>
        saveClient({ transaction, clock, sealer }, { metadata: { client_id: id }, secret: undefined }),
      );
      return id;
    },
    permission: async (name, resourceServer = invoices) =>
      (await declarePermission(deps, { resourceServer, name, description: '' }, by)).id,
    role: async (name, rules, includes = []) =>
      (await createRole(deps, { name, description: '', rules: rulesOf(rules), includes }, by)).id,
    assign: async assignment => (await assignRole(deps, assignment, by)).id,
    async close() {
      await other.close();
      await database.close();
      await drop();
    },
  };
}

export function rulesOf(words: readonly string[]): RoleContent['rules'] {
  return words.map(word => ({
    resourceServer: invoices,
    permission: word.replace(/^!/, ''),
    effect: word.startsWith('!') ? 'deny' : 'allow',
  }));
}
