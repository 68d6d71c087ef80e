import { z } from 'zod';
import { approveFactorReset, type OrderedReset, orderFactorReset } from '../../mfa/index.ts';
import { actorOf } from '../caller.ts';
import { defineOperation } from '../define-operation.ts';
import { refuseHigher } from '../refuse-escalation.ts';

const factorReset = z
  .object({
    id: z.uuid(),
    link: z.url().nullable().meta({
      description:
        'For the person alone, and shown once; null as long as another administrator has to approve. It takes the second factors away and signs nobody in.',
    }),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'FactorReset', description: 'Lets somebody in who has lost every second factor.' });

const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  link: 'https://id.example.com/reset-factors/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG',
  expires_at: '2026-11-28T12:00:00.000Z',
};

export const createFactorReset = defineOperation({
  operationId: 'createFactorReset',
  method: 'post',
  path: '/api/v1/accounts/{account_id}/factor-resets',
  summary: 'Order that somebody may do without the second factors they have lost',
  permission: 'accounts:write',
  request: {
    params: z.object({ account_id: z.uuid() }),
    body: z.object({
      reason: z.string().trim().min(10).max(500).meta({
        description: 'Why, and how it was made sure who asks. It is recorded, and told to the owner.',
      }),
    }),
  },
  responses: { 201: { description: 'It is ordered, and its owner is told.', schema: factorReset } },
  errors: ['not_found', 'forbidden'],
  sample: {
    body: { reason: 'Lost the phone; seen in person, with a passport.' },
    responses: { 201: sample },
  },
  async handle(deps, { caller, params: { account_id: accountId }, body: { reason } }) {
    const { factorResetApproval: approval } = deps;
    await refuseHigher(deps, caller, accountId);
    const order = { accountId, reason, by: actorOf(caller), approval };
    return { status: 201, body: shown(await orderFactorReset(deps, order)) };
  },
});

export const approveFactorResetOperation = defineOperation({
  operationId: 'approveFactorReset',
  method: 'post',
  path: '/api/v1/factor-resets/{id}/approval',
  summary: 'Approve what another administrator has ordered, where it takes two',
  permission: 'accounts:write',
  request: { params: z.object({ id: z.uuid() }) },
  responses: { 200: { description: 'It is approved.', schema: factorReset } },
  errors: ['not_found', 'forbidden'],
  sample: { responses: { 200: sample } },
  async handle(deps, { caller, params: { id } }) {
    return { status: 200, body: shown(await approveFactorReset(deps, { id, by: actorOf(caller) })) };
  },
});

function shown({ id, link, expiresAt }: OrderedReset) {
  return { id, link, expires_at: expiresAt.toISOString() };
}
