import { z } from 'zod';
import { AppError } from '../../kernel/index.ts';
import {
  assignRole,
  conditionField,
  findAssignment,
  listAssignments,
  type StoredAssignment,
  unassignRole,
} from '../../rbac/index.ts';
import { actorOf } from '../caller.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';
import { type Page, pageOf, pageQuery, readPage } from '../lists.ts';
import { refuseEscalation } from '../refuse-escalation.ts';

const word = z.string().min(1).max(200);
const assignee = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('account'), id: z.uuid() }),
  z.strictObject({ type: z.literal('group'), id: z.uuid() }),
  z.strictObject({ type: z.literal('client'), id: word }),
]);
const scope = z
  .union([z.strictObject({ type: word, id: word }), z.strictObject({ area: word })])
  .meta({ description: 'One resource, or an area: emea/de lies within emea.' });
const content = {
  role: z.string().max(100).meta({ description: 'Its name.' }),
  to: assignee,
  scope: scope.nullable(),
  starts_at: z.iso.datetime().nullable(),
  ends_at: z.iso.datetime().nullable(),
  condition: z.record(z.string(), z.unknown()).nullable(),
};
const assignment = z
  .object({ id: z.uuid(), ...content, created_at: z.iso.datetime() })
  .meta({ id: 'Assignment', description: 'Gives a role to somebody, as far as its limits say.' });

const sampleContent = {
  role: 'accountant',
  to: { type: 'account' as const, id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3b' },
  scope: { area: 'emea' },
  starts_at: null,
  ends_at: '2027-01-01T00:00:00.000Z',
  condition: { within: [{ attr: 'context.address' }, ['10.0.0.0/8']] },
};
const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  ...sampleContent,
  created_at: '2026-11-27T12:00:00.000Z',
};

export const listAssignmentsOperation = defineOperation({
  operationId: 'listAssignments',
  method: 'get',
  path: '/api/v1/assignments',
  summary: 'List assignments, the oldest first',
  permission: 'roles:read',
  request: {
    query: z.object({
      ...pageQuery,
      role: content.role.optional(),
      account_id: z.uuid().optional(),
      group_id: z.uuid().optional(),
      client_id: word.optional(),
    }),
  },
  responses: { 200: { description: 'Assignments, and where to go on.', schema: pageOf(assignment) } },
  errors: [],
  sample: { responses: { 200: { data: [sample], next_cursor: null } } },
  async handle(deps, { query }) {
    const { role, account_id: account, group_id: group, client_id: client } = query;
    const to = (
      [
        ['account', account],
        ['group', group],
        ['client', client],
      ] as const
    ).flatMap(([type, id]) => (id === undefined ? [] : [{ type, id }]));
    const read = (page: Page) => listAssignments(deps, { ...page, role, to });
    return { status: 200, body: await readPage(query, read, shown) };
  },
});

export const createAssignment = defineOperation({
  operationId: 'createAssignment',
  method: 'post',
  path: '/api/v1/assignments',
  summary: 'Give a role to an account, a group or a client',
  permission: 'roles:write',
  request: {
    body: z.object({
      ...content,
      scope: content.scope.default(null),
      starts_at: content.starts_at.default(null),
      ends_at: content.ends_at.default(null),
      condition: conditionField.nullable().default(null),
    }),
  },
  responses: { 201: { description: 'The new assignment.', schema: assignment } },
  errors: [],
  sample: { body: sampleContent, responses: { 201: sample } },
  async handle(deps, { caller, body }) {
    await refuseEscalation(deps, caller, await deps.access.saidBy([body.role]));
    const { role, to, scope: within, starts_at: startsAt, ends_at: endsAt, condition } = body;
    const created = await assignRole(
      deps,
      {
        role,
        to,
        scope: within ?? undefined,
        startsAt: startsAt === null ? undefined : new Date(startsAt),
        endsAt: endsAt === null ? undefined : new Date(endsAt),
        condition: condition ?? undefined,
      },
      actorOf(caller),
    );
    return { status: 201, body: shown(created) };
  },
});

const params = z.object({ assignment_id: z.uuid() });

export const getAssignment = defineOperation({
  operationId: 'getAssignment',
  method: 'get',
  path: '/api/v1/assignments/{assignment_id}',
  summary: 'Read an assignment',
  permission: 'roles:read',
  request: { params },
  responses: { 200: { description: 'The assignment.', schema: assignment } },
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { assignment_id: id } }) {
    return { status: 200, body: shown(await mustFind(deps, id)) };
  },
});

export const deleteAssignment = defineOperation({
  operationId: 'deleteAssignment',
  method: 'delete',
  path: '/api/v1/assignments/{assignment_id}',
  summary: 'Take a role from whoever has it by this',
  permission: 'roles:write',
  request: { params },
  responses: { 204: { description: 'It is gone.', schema: z.null() } },
  errors: ['not_found'],
  sample: { responses: { 204: null } },
  async handle(deps, { caller, params: { assignment_id: id } }) {
    const { role } = await mustFind(deps, id);
    await refuseEscalation(deps, caller, await deps.access.saidBy([role]));
    await unassignRole(deps, id, actorOf(caller));
    return { status: 204, body: null };
  },
});

async function mustFind(deps: OperationDeps, id: string): Promise<StoredAssignment> {
  const found = await findAssignment(deps, id);
  if (found === undefined) throw new AppError('not_found', 'There is no such assignment.');
  return found;
}

function shown({ id, role, to, scope: within, startsAt, endsAt, condition, createdAt }: StoredAssignment) {
  return {
    id,
    role,
    to,
    scope: within ?? null,
    starts_at: startsAt?.toISOString() ?? null,
    ends_at: endsAt?.toISOString() ?? null,
    condition: (condition as Record<string, unknown> | undefined) ?? null,
    created_at: createdAt.toISOString(),
  };
}
