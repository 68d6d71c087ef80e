import { z } from 'zod';
import { AppError } from '../../kernel/index.ts';
import {
  declarePermission,
  findPermission,
  listPermissions,
  permissionName,
  removePermission,
  type StoredPermission,
} from '../../rbac/index.ts';
import { actorOf } from '../caller.ts';
import { defineOperation } from '../define-operation.ts';
import { type Page, pageOf, pageQuery, readPage } from '../lists.ts';
import { refuseEscalation } from '../refuse-escalation.ts';
import { managementResource } from '../resource-server.ts';

const content = {
  resource_server: z.string().max(500).meta({ description: 'Identifier of the API that it belongs to.' }),
  name: z.string().regex(permissionName).meta({ description: 'Such as invoices:read.' }),
  description: z.string().max(1000),
};
const permission = z
  .object({ id: z.uuid(), ...content, created_at: z.iso.datetime() })
  .meta({ id: 'Permission', description: 'Something that may be done at an API.' });

const sampleContent = {
  resource_server: 'https://invoices.example',
  name: 'invoices:read',
  description: 'Look at invoices.',
};
const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  ...sampleContent,
  created_at: '2026-11-27T12:00:00.000Z',
};

export const listPermissionsOperation = defineOperation({
  operationId: 'listPermissions',
  method: 'get',
  path: '/api/v1/permissions',
  summary: 'List permissions, the oldest first',
  permission: 'roles:read',
  request: { query: z.object({ ...pageQuery, resource_server: content.resource_server.optional() }) },
  responses: { 200: { description: 'Permissions, and where to go on.', schema: pageOf(permission) } },
  errors: [],
  sample: { responses: { 200: { data: [sample], next_cursor: null } } },
  async handle(deps, { query }) {
    const { resource_server: resourceServer } = query;
    const read = (page: Page) => listPermissions(deps, { ...page, resourceServer });
    return { status: 200, body: await readPage(query, read, shown) };
  },
});

export const createPermission = defineOperation({
  operationId: 'createPermission',
  method: 'post',
  path: '/api/v1/permissions',
  summary: 'Declare a permission of an API',
  permission: 'roles:write',
  request: { body: z.object({ ...content, description: content.description.default('') }) },
  responses: { 201: { description: 'The new permission.', schema: permission } },
  errors: ['conflict'],
  sample: { body: sampleContent, responses: { 201: sample } },
  async handle(deps, { caller, body }) {
    const { resource_server: resourceServer, name, description } = body;
    refuseOwn(deps, resourceServer);
    const created = await declarePermission(deps, { resourceServer, name, description }, actorOf(caller));
    return { status: 201, body: shown(created) };
  },
});

export const deletePermission = defineOperation({
  operationId: 'deletePermission',
  method: 'delete',
  path: '/api/v1/permissions/{permission_id}',
  summary: 'Take a permission away, and what roles say of it',
  permission: 'roles:write',
  request: { params: z.object({ permission_id: z.uuid() }) },
  responses: { 204: { description: 'It is gone.', schema: z.null() } },
  errors: ['not_found'],
  sample: { responses: { 204: null } },
  async handle(deps, { caller, params: { permission_id: id } }) {
    const found = await findPermission(deps, id);
    if (found === undefined) throw new AppError('not_found', 'There is no such permission.');
    refuseOwn(deps, found.resourceServer);
    await refuseEscalation(deps, caller, [found]);
    await removePermission(deps, id, actorOf(caller));
    return { status: 204, body: null };
  },
});

/** What this API itself asks for is not for anybody to change. */
function refuseOwn({ issuer }: { issuer: string }, resourceServer: string): void {
  if (resourceServer !== managementResource(issuer)) return;
  throw new AppError('forbidden', 'The permissions of this API are what its operations need.');
}

function shown({ resourceServer, createdAt, ...rest }: StoredPermission) {
  return { ...rest, resource_server: resourceServer, created_at: createdAt.toISOString() };
}
