import { z } from 'zod';
import { AppError } from '../../kernel/index.ts';
import {
  createRole,
  deleteRole,
  findRole,
  listRoles,
  type PermissionName,
  permissionName,
  type RoleContent,
  refuseStale,
  type StoredRole,
  updateRole,
} from '../../rbac/index.ts';
import { actorOf, type Caller } from '../caller.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';
import { pageOf, pageQuery, readPage } from '../lists.ts';
import { refuseEscalation } from '../refuse-escalation.ts';

const name = z
  .string()
  .regex(/^[\w .:/-]{1,100}$/)
  .meta({ description: 'Unique.' });
const rule = z.strictObject({
  resource_server: z.string().max(500),
  permission: z.string().regex(permissionName),
  effect: z
    .enum(['allow', 'deny'])
    .meta({ description: 'What is denied stays so, whatever else allows it.' }),
});
const content = {
  name,
  description: z.string().max(1000),
  rules: z.array(rule).max(1000),
  includes: z
    .array(name)
    .max(100)
    .meta({ description: 'Names of roles whose rules it has too. They must not lead back to it.' }),
};

const role = z
  .object({
    id: z.uuid(),
    ...content,
    is_built_in: z.boolean(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Role', description: 'A named set of permissions.' });

const sampleContent = {
  name: 'accountant',
  description: 'Reads and pays invoices.',
  rules: [
    { resource_server: 'https://invoices.example', permission: 'invoices:pay', effect: 'allow' as const },
  ],
  includes: ['invoice-reader'],
};
const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  ...sampleContent,
  is_built_in: false,
  created_at: '2026-11-27T12:00:00.000Z',
  updated_at: '2026-11-27T12:00:00.000Z',
};

const params = z.object({ role_id: z.uuid() });

export const listRolesOperation = defineOperation({
  operationId: 'listRoles',
  method: 'get',
  path: '/api/v1/roles',
  summary: 'List roles, the oldest first',
  permission: 'roles:read',
  request: { query: z.object(pageQuery) },
  responses: { 200: { description: 'Roles, and where to go on.', schema: pageOf(role) } },
  errors: [],
  sample: { responses: { 200: { data: [sample], next_cursor: null } } },
  async handle(deps, { query }) {
    return { status: 200, body: await readPage(query, page => listRoles(deps, page), shown) };
  },
});

export const createRoleOperation = defineOperation({
  operationId: 'createRole',
  method: 'post',
  path: '/api/v1/roles',
  summary: 'Make a role',
  permission: 'roles:write',
  isVersioned: true,
  request: {
    body: z.object({
      ...content,
      description: content.description.default(''),
      rules: content.rules.default([]),
      includes: content.includes.default([]),
    }),
  },
  responses: { 201: { description: 'The new role.', schema: role } },
  errors: ['conflict'],
  sample: { body: sampleContent, responses: { 201: sample } },
  async handle(deps, { caller, body }) {
    const wanted = contentOf(body);
    await refuseEscalation(deps, caller, await saidBy(deps, wanted));
    const created = await createRole(deps, wanted, actorOf(caller));
    return { status: 201, body: shown(created), version: created.version };
  },
});

export const getRole = defineOperation({
  operationId: 'getRole',
  method: 'get',
  path: '/api/v1/roles/{role_id}',
  summary: 'Read a role',
  permission: 'roles:read',
  isVersioned: true,
  request: { params },
  responses: { 200: { description: 'The role.', schema: role } },
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { role_id: id } }) {
    const found = await mustFind(deps, id);
    return { status: 200, body: shown(found), version: found.version };
  },
});

export const updateRoleOperation = defineOperation({
  operationId: 'updateRole',
  method: 'patch',
  path: '/api/v1/roles/{role_id}',
  summary: 'Change a role; a list that is given replaces the one there is',
  permission: 'roles:write',
  isVersioned: true,
  request: { params, body: z.object(content).partial() },
  responses: { 200: { description: 'The role as it is now.', schema: role } },
  errors: ['not_found', 'conflict'],
  sample: { body: { includes: [] }, responses: { 200: sample } },
  async handle(deps, { caller, version = 0, params: { role_id: id }, body }) {
    // What is compared is what will be replaced, or nothing is.
    const before = await mustFind(deps, id);
    refuseStale(before, version);
    const { name: newName, description, rules, includes } = body;
    const change: Partial<RoleContent> = {
      ...(newName === undefined ? {} : { name: newName }),
      ...(description === undefined ? {} : { description }),
      ...(rules === undefined ? {} : { rules: rulesOf(rules) }),
      ...(includes === undefined ? {} : { includes }),
    };
    await refuseDifference(deps, caller, before, { ...before, ...change });
    const updated = await updateRole(deps, { id, version, change }, actorOf(caller));
    return { status: 200, body: shown(updated), version: updated.version };
  },
});

export const deleteRoleOperation = defineOperation({
  operationId: 'deleteRole',
  method: 'delete',
  path: '/api/v1/roles/{role_id}',
  summary: 'Delete a role and its assignments',
  permission: 'roles:write',
  isVersioned: true,
  request: { params },
  responses: { 204: { description: 'It is gone.', schema: z.null() } },
  errors: ['not_found', 'conflict'],
  sample: { responses: { 204: null } },
  async handle(deps, { caller, version = 0, params: { role_id: id } }) {
    await refuseEscalation(deps, caller, await saidBy(deps, await mustFind(deps, id)));
    await deleteRole(deps, { id, version }, actorOf(caller));
    return { status: 204, body: null };
  },
});

function shown({ isBuiltIn, createdAt, updatedAt, rules, ...rest }: StoredRole) {
  const { id, name: roleName, description, includes } = rest;
  return {
    id,
    name: roleName,
    description,
    rules: rules.map(({ resourceServer, permission, effect }) => ({
      resource_server: resourceServer,
      permission,
      effect,
    })),
    includes: [...includes],
    is_built_in: isBuiltIn,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

function rulesOf(rules: z.infer<typeof content.rules>): RoleContent['rules'] {
  return rules.map(({ resource_server: resourceServer, ...rest }) => ({ resourceServer, ...rest }));
}

function contentOf(body: { [Name in keyof typeof content]: z.infer<(typeof content)[Name]> }): RoleContent {
  return { ...body, rules: rulesOf(body.rules) };
}

async function saidBy(
  { access }: OperationDeps,
  { rules, includes }: Pick<RoleContent, 'rules' | 'includes'>,
): Promise<PermissionName[]> {
  const own = rules.map(({ resourceServer, permission }) => ({ resourceServer, name: permission }));
  return [...own, ...(await access.saidBy(includes))];
}

/** What a change leaves as it is needs no permission: the description of a mighty role may be put right by others. */
async function refuseDifference(
  deps: OperationDeps,
  caller: Caller,
  before: RoleContent,
  after: RoleContent,
): Promise<void> {
  const rulesThatDiffer = [...before.rules, ...after.rules].filter(
    rule => !(before.rules.some(isSame(rule)) && after.rules.some(isSame(rule))),
  );
  const includes = [...before.includes, ...after.includes].filter(
    each => !(before.includes.includes(each) && after.includes.includes(each)),
  );
  await refuseEscalation(deps, caller, await saidBy(deps, { rules: rulesThatDiffer, includes }));
}

const isSame = (a: RoleContent['rules'][number]) => (b: RoleContent['rules'][number]) =>
  a.resourceServer === b.resourceServer && a.permission === b.permission && a.effect === b.effect;

async function mustFind(deps: OperationDeps, id: string): Promise<StoredRole> {
  const found = await findRole(deps, id);
  if (found === undefined) throw new AppError('not_found', 'There is no such role.');
  return found;
}
