import { z } from 'zod';
import { accountsRepository } from '../../accounts/index.ts';
import { clientsRepository } from '../../clients/index.ts';
import { AppError } from '../../kernel/index.ts';
import type { AccessSubject, EffectivePermission } from '../../rbac/index.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';

const effective = z
  .object({
    data: z.array(
      z.object({
        resource_server: z.string(),
        permission: z.string(),
        is_unlimited: z
          .boolean()
          .meta({ description: 'Whether one of the ways has no scope and no condition.' }),
        through: z
          .array(
            z.object({
              assignment_id: z.uuid().nullable().meta({ description: 'Null for who owns this Gatehouse.' }),
              group: z.string().nullable().meta({ description: 'The group that has the role.' }),
              roles: z
                .array(z.string())
                .meta({ description: 'From the one assigned to the one that says it.' }),
            }),
          )
          .meta({ description: 'Every way to it.' }),
      }),
    ),
  })
  .meta({
    id: 'EffectivePermissions',
    description: 'What somebody may do now. Limits by scope and condition are not asked, those by time are.',
  });

const sample = {
  data: [
    {
      resource_server: 'https://invoices.example',
      permission: 'invoices:read',
      is_unlimited: true,
      through: [
        {
          assignment_id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
          group: 'Finance',
          roles: ['accountant', 'invoice-reader'],
        },
      ],
    },
  ],
};
const responses = { 200: { description: 'Permissions, with every way to each.', schema: effective } };

export const listAccountPermissions = defineOperation({
  operationId: 'listAccountPermissions',
  method: 'get',
  path: '/api/v1/accounts/{account_id}/permissions',
  summary: 'List what a person may do, and why',
  permission: 'roles:read',
  request: { params: z.object({ account_id: z.uuid() }) },
  responses,
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { account_id: id } }) {
    const account = await accountsRepository(deps.database).findById(id);
    if (account === undefined) throw new AppError('not_found', 'There is no such account.');
    return { status: 200, body: await permissionsOf(deps, { type: 'account', id }) };
  },
});

export const listClientPermissions = defineOperation({
  operationId: 'listClientPermissions',
  method: 'get',
  path: '/api/v1/clients/{client_id}/permissions',
  summary: 'List what a client may do for itself, and why',
  permission: 'roles:read',
  request: { params: z.object({ client_id: z.string().max(500) }) },
  responses,
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { client_id: id } }) {
    const client = await clientsRepository(deps.database).find(id);
    if (client === undefined) throw new AppError('not_found', 'There is no such client.');
    return { status: 200, body: await permissionsOf(deps, { type: 'client', id }) };
  },
});

async function permissionsOf({ access }: OperationDeps, subject: AccessSubject) {
  return { data: (await access.permissionsOf(subject)).map(shown) };
}

function shown({ resourceServer, name, isUnlimited, through }: EffectivePermission) {
  return {
    resource_server: resourceServer,
    permission: name,
    is_unlimited: isUnlimited,
    through: through.map(({ assignmentId, group, roles }) => ({
      assignment_id: assignmentId,
      group,
      roles: [...roles],
    })),
  };
}
