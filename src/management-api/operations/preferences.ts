import { z } from 'zod';
import { accountsRepository } from '../../accounts/index.ts';
import { AppError } from '../../kernel/index.ts';
import {
  keyShape,
  mostKeys,
  namespaceShape,
  ownNamespace,
  preferencesRepository,
} from '../../preferences/index.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';

const longestValue = 4096;

const params = z.object({
  account_id: z.uuid(),
  namespace: z
    .string()
    .regex(namespaceShape)
    .meta({ description: 'A name of the app’s own, in small letters; `gatehouse` can only be read.' }),
});

const preferences = z
  .object({ values: z.record(z.string(), z.unknown()) })
  .meta({ id: 'Preferences', description: 'What an app keeps for somebody, by key.' });

const sample = { values: { 'list.order': 'by-date', density: 'compact' } };
const path = '/api/v1/accounts/{account_id}/preferences/{namespace}';

export const getPreferences = defineOperation({
  operationId: 'getPreferences',
  method: 'get',
  path,
  summary: 'Read what an app keeps for somebody',
  permission: 'accounts:read',
  request: { params },
  responses: { 200: { description: 'The preferences.', schema: preferences } },
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(deps, { params: { account_id: accountId, namespace } }) {
    await requireAccount(deps, accountId);
    return { status: 200, body: { values: await preferencesRepository(deps).find(accountId, namespace) } };
  },
});

export const changePreferences = defineOperation({
  operationId: 'changePreferences',
  method: 'patch',
  path,
  summary: 'Change what an app keeps for somebody: null takes a key away, what is not named stays',
  permission: 'accounts:write',
  request: {
    params,
    body: z.object({
      values: z
        .record(z.string().regex(keyShape), z.unknown())
        .refine(
          values => Object.values(values).every(value => JSON.stringify(value).length <= longestValue),
          {
            error: `each value may have ${longestValue} characters as JSON`,
          },
        ),
    }),
  },
  responses: { 200: { description: 'All preferences as they are now.', schema: preferences } },
  errors: ['not_found', 'forbidden', 'conflict'],
  sample: { body: { values: { density: 'compact', 'list.order': null } }, responses: { 200: sample } },
  async handle(deps, { params: { account_id: accountId, namespace }, body }) {
    if (namespace === ownNamespace) {
      throw new AppError('forbidden', 'What is under "gatehouse" is for the person alone to change.');
    }
    await requireAccount(deps, accountId);
    const values = await preferencesRepository(deps).merge(accountId, namespace, body.values);
    if (values === undefined) {
      throw new AppError('conflict', `There may be ${mostKeys} keys in a namespace. Take others away first.`);
    }
    return { status: 200, body: { values } };
  },
});

async function requireAccount({ database }: OperationDeps, accountId: string): Promise<void> {
  if ((await accountsRepository(database).findById(accountId)) === undefined) {
    throw new AppError('not_found', 'There is no such account.');
  }
}
