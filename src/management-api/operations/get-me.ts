import { z } from 'zod';
import { displayNameOf } from '../../accounts/index.ts';
import { subjectOf } from '../caller.ts';
import { defineOperation } from '../define-operation.ts';
import { managementResource } from '../resource-server.ts';

const me = z
  .object({
    client_id: z.string().meta({ description: 'The client that the token was issued to.' }),
    subject: z
      .string()
      .nullable()
      .meta({ description: 'The person the client acts for; null when it acts for itself.' }),
    account: z
      .object({ id: z.uuid(), email: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'The account of that person.' }),
    scopes: z.array(z.string()).meta({ description: 'The scopes of the token.' }),
    permissions: z.array(z.string()).meta({
      description:
        'What the caller may do here, some perhaps within limits only; of these, what the scopes cover too.',
    }),
    issuer: z.string().meta({ description: 'The Gatehouse that issued the token and is being asked.' }),
  })
  .meta({ id: 'Me', description: 'Who is calling.' });

export const getMe = defineOperation({
  operationId: 'getMe',
  method: 'get',
  path: '/api/v1/me',
  summary: 'Say who is calling',
  permission: null,
  request: {},
  responses: { 200: { description: 'The caller.', schema: me } },
  errors: [],
  sample: {
    responses: {
      200: {
        client_id: 'gatehouse-cli',
        subject: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
        account: {
          id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
          email: 'ada@lantern.example',
          name: 'Ada Lovelace',
        },
        scopes: ['accounts:read'],
        permissions: ['accounts:read', 'audit:read'],
        issuer: 'https://id.lantern.example',
      },
    },
  },
  async handle({ issuer, access }, { caller }) {
    const { clientId, account, scopes } = caller;
    const held = await access.permissionsOf(subjectOf(caller));
    const own = held.filter(({ resourceServer }) => resourceServer === managementResource(issuer));
    return {
      status: 200,
      body: {
        client_id: clientId,
        subject: account?.id ?? null,
        account:
          account === undefined
            ? null
            : { id: account.id, email: account.email, name: displayNameOf(account) },
        scopes: [...scopes],
        permissions: own.map(({ name }) => name).toSorted(),
        issuer,
      },
    };
  },
});
