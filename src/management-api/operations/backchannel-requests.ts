import { z } from 'zod';
import { backchannelRequests } from '../../backchannel-authentication/index.ts';
import { AppError } from '../../kernel/index.ts';
import { defineOperation } from '../define-operation.ts';

const request = z
  .object({
    id: z.uuid(),
    client_id: z.string(),
    account_id: z.uuid(),
    scope: z.string().meta({ description: 'What the client asks for, separated by spaces.' }),
    resources: z.array(z.string()).meta({ description: 'The APIs it asks for.' }),
    binding_message: z.string().nullable().meta({ description: 'What both devices show.' }),
    authorization_details: z
      .array(z.looseObject({ type: z.string() }))
      .meta({ description: 'What is asked for in detail (RFC 9396).' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'BackchannelRequest', description: 'A client asks for somebody who is elsewhere.' });

const sample = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  client_id: 'call-centre',
  account_id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3b',
  scope: 'openid email',
  resources: [],
  binding_message: 'TABLE-7',
  authorization_details: [{ type: 'payment', payee: 'Rosa Gutiérrez', amount: '12.50 EUR' }],
  created_at: '2026-11-24T09:00:00.000Z',
  expires_at: '2026-11-24T09:10:00.000Z',
};

export const listBackchannelRequests = defineOperation({
  operationId: 'listBackchannelRequests',
  method: 'get',
  path: '/api/v1/backchannel-requests',
  summary: 'List the requests that somebody has to approve, the oldest first, up to 100',
  permission: 'grants:read',
  request: {},
  responses: { 200: { description: 'The requests.', schema: z.object({ items: z.array(request) }) } },
  errors: [],
  sample: { responses: { 200: { items: [sample] } } },
  async handle(deps) {
    const found = await backchannelRequests(deps).list();
    const items = found.map(each => ({
      id: each.id,
      client_id: each.clientId,
      account_id: each.accountId,
      scope: each.scope,
      resources: each.resources,
      binding_message: each.bindingMessage,
      authorization_details: each.authorizationDetails ?? [],
      created_at: each.createdAt.toISOString(),
      expires_at: each.expiresAt.toISOString(),
    }));
    return { status: 200, body: { items } };
  },
});

/** For tools that have asked the person themselves: an app of the bank, somebody at a desk. */
export const decideBackchannelRequest = defineOperation({
  operationId: 'decideBackchannelRequest',
  method: 'post',
  path: '/api/v1/backchannel-requests/{id}/decision',
  summary: 'Approve or deny a request, once the person has said so',
  permission: 'grants:write',
  request: {
    params: z.object({ id: z.uuid() }),
    body: z.object({ decision: z.enum(['approved', 'denied']) }),
  },
  responses: {
    200: {
      description: 'It was decided, and a client that wants to be told is told.',
      schema: z.object({ id: z.uuid(), decision: z.enum(['approved', 'denied']) }),
    },
  },
  errors: ['not_found', 'conflict'],
  sample: {
    body: { decision: 'approved' },
    responses: { 200: { id: sample.id, decision: 'approved' } },
  },
  async handle(deps, { params: { id }, body: { decision } }) {
    const asked = await backchannelRequests(deps).find(id);
    const authTime = Math.floor(deps.clock.now() / 1000);
    if (asked === undefined || !(await deps.decide(asked, decision, { authTime }))) {
      throw new AppError('not_found', 'There is no such request, or it is over or decided.');
    }
    return { status: 200, body: { id, decision } };
  },
});
