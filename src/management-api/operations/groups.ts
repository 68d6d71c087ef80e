import { z } from 'zod';
import { AppError } from '../../kernel/index.ts';
import {
  createGroup,
  deleteGroup,
  findGroup,
  listGroups,
  listMembers,
  rolesGivenBy,
  type StoredGroup,
  setMembership,
  updateGroup,
} from '../../rbac/index.ts';
import { actorOf, type Caller } from '../caller.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';
import { pageOf, pageQuery, readPage } from '../lists.ts';
import { refuseEscalation } from '../refuse-escalation.ts';

const name = z.string().trim().min(1).max(100).meta({ description: 'Unique.' });
const content = {
  name,
  description: z.string().max(1000),
  groups: z
    .array(name)
    .max(100)
    .meta({ description: 'Names of groups that are in it. They must not lead back to it.' }),
};
const group = z
  .object({ id: z.uuid(), ...content, created_at: z.iso.datetime(), updated_at: z.iso.datetime() })
  .meta({ id: 'Group', description: 'Accounts that get roles together.' });

const sampleContent = { name: 'Finance', description: 'All who handle money.', groups: ['Payroll'] };
const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  ...sampleContent,
  created_at: '2026-11-27T12:00:00.000Z',
  updated_at: '2026-11-27T12:00:00.000Z',
};
const params = z.object({ group_id: z.uuid() });

export const listGroupsOperation = defineOperation({
  operationId: 'listGroups',
  method: 'get',
  path: '/api/v1/groups',
  summary: 'List groups, the oldest first',
  permission: 'roles:read',
  request: { query: z.object(pageQuery) },
  responses: { 200: { description: 'Groups, and where to go on.', schema: pageOf(group) } },
  errors: [],
  sample: { responses: { 200: { data: [sample], next_cursor: null } } },
  async handle(deps, { query }) {
    return { status: 200, body: await readPage(query, page => listGroups(deps, page), shown) };
  },
});

export const createGroupOperation = defineOperation({
  operationId: 'createGroup',
  method: 'post',
  path: '/api/v1/groups',
  summary: 'Make a group',
  permission: 'roles:write',
  isVersioned: true,
  request: {
    body: z.object({
      ...content,
      description: content.description.default(''),
      groups: content.groups.default([]),
    }),
  },
  responses: { 201: { description: 'The new group.', schema: group } },
  errors: ['conflict'],
  sample: { body: sampleContent, responses: { 201: sample } },
  async handle(deps, { caller, body }) {
    const created = await createGroup(deps, body, actorOf(caller));
    return { status: 201, body: shown(created), version: created.version };
  },
});

export const getGroup = defineOperation({
  operationId: 'getGroup',
  method: 'get',
  path: '/api/v1/groups/{group_id}',
  summary: 'Read a group',
  permission: 'roles:read',
  isVersioned: true,
  request: { params },
  responses: { 200: { description: 'The group.', schema: group } },
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { group_id: id } }) {
    const found = await findGroup(deps, id);
    if (found === undefined) throw new AppError('not_found', 'There is no such group.');
    return { status: 200, body: shown(found), version: found.version };
  },
});

export const updateGroupOperation = defineOperation({
  operationId: 'updateGroup',
  method: 'patch',
  path: '/api/v1/groups/{group_id}',
  summary: 'Change a group; a list that is given replaces the one there is',
  permission: 'roles:write',
  isVersioned: true,
  request: { params, body: z.object(content).partial() },
  responses: { 200: { description: 'The group as it is now.', schema: group } },
  errors: ['not_found', 'conflict'],
  sample: { body: { groups: [] }, responses: { 200: sample } },
  async handle(deps, { caller, version = 0, params: { group_id: id }, body }) {
    // Who is in a group in it gains or loses what it gives.
    if (body.groups !== undefined) await refuseGroup(deps, caller, id);
    const { name: newName, description, groups } = body;
    const change = {
      ...(newName === undefined ? {} : { name: newName }),
      ...(description === undefined ? {} : { description }),
      ...(groups === undefined ? {} : { groups }),
    };
    const updated = await updateGroup(deps, { id, version, change }, actorOf(caller));
    return { status: 200, body: shown(updated), version: updated.version };
  },
});

export const deleteGroupOperation = defineOperation({
  operationId: 'deleteGroup',
  method: 'delete',
  path: '/api/v1/groups/{group_id}',
  summary: 'Delete a group; its members stay, and lose what they had by it',
  permission: 'roles:write',
  isVersioned: true,
  request: { params },
  responses: { 204: { description: 'It is gone.', schema: z.null() } },
  errors: ['not_found'],
  sample: { responses: { 204: null } },
  async handle(deps, { caller, version = 0, params: { group_id: id } }) {
    await refuseGroup(deps, caller, id);
    await deleteGroup(deps, { id, version }, actorOf(caller));
    return { status: 204, body: null };
  },
});

const member = z
  .object({ account_id: z.uuid(), added_at: z.iso.datetime() })
  .meta({ id: 'GroupMember', description: 'An account that is in a group itself.' });
const sampleMember = {
  account_id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3b',
  added_at: '2026-11-27T12:00:00.000Z',
};
const oneMember = z.object({ group_id: z.uuid(), member_id: z.uuid() });

export const listGroupMembers = defineOperation({
  operationId: 'listGroupMembers',
  method: 'get',
  path: '/api/v1/groups/{group_id}/members',
  summary: 'List who is in a group, without those of groups in it',
  permission: 'roles:read',
  request: { params, query: z.object(pageQuery) },
  responses: { 200: { description: 'Members, and where to go on.', schema: pageOf(member) } },
  errors: [],
  sample: { responses: { 200: { data: [sampleMember], next_cursor: null } } },
  async handle(deps, { params: { group_id: groupId }, query }) {
    const body = await readPage(
      query,
      async page => {
        const members = await listMembers(deps, { ...page, groupId });
        return members.map(({ accountId, addedAt }) => ({ id: accountId, addedAt }));
      },
      ({ id, addedAt }) => ({ account_id: id, added_at: addedAt.toISOString() }),
    );
    return { status: 200, body };
  },
});

export const addGroupMember = defineOperation({
  operationId: 'addGroupMember',
  method: 'put',
  path: '/api/v1/groups/{group_id}/members/{member_id}',
  summary: 'Put an account into a group',
  permission: 'roles:write',
  request: { params: oneMember },
  responses: { 204: { description: 'It is in there.', schema: z.null() } },
  errors: ['not_found'],
  sample: { responses: { 204: null } },
  handle: (deps, { caller, params: ids }) => setMember(deps, caller, ids, true),
});

export const removeGroupMember = defineOperation({
  operationId: 'removeGroupMember',
  method: 'delete',
  path: '/api/v1/groups/{group_id}/members/{member_id}',
  summary: 'Take an account out of a group',
  permission: 'roles:write',
  request: { params: oneMember },
  responses: { 204: { description: 'It is not in there.', schema: z.null() } },
  errors: ['not_found'],
  sample: { responses: { 204: null } },
  handle: (deps, { caller, params: ids }) => setMember(deps, caller, ids, false),
});

async function setMember(
  deps: OperationDeps,
  caller: Caller,
  { group_id: groupId, member_id: accountId }: z.infer<typeof oneMember>,
  isMember: boolean,
) {
  await refuseGroup(deps, caller, groupId);
  await setMembership(deps, { groupId, accountId, isMember }, actorOf(caller));
  return { status: 204, body: null } as const;
}

/** Whoever changes who is in a group hands out what its roles say, and those of the groups that it is in. */
async function refuseGroup(deps: OperationDeps, caller: Caller, groupId: string): Promise<void> {
  const roles = await rolesGivenBy(deps, groupId);
  await refuseEscalation(deps, caller, await deps.access.saidBy(roles));
}

function shown({ createdAt, updatedAt, ...rest }: StoredGroup) {
  const { id, name: groupName, description, groups } = rest;
  return {
    id,
    name: groupName,
    description,
    groups: [...groups],
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
