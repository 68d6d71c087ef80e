import { z } from 'zod';
import {
  eventTypes,
  findEvents,
  latestCheckpoint,
  proveConsistency,
  proveInclusion,
} from '../../audit/index.ts';
import { AppError } from '../../kernel/index.ts';
import { defineOperation } from '../define-operation.ts';
import { type Page, pageOf, pageQuery, readPage } from '../lists.ts';

const event = z
  .object({
    id: z.uuid(),
    at: z.iso.datetime(),
    type: z.string(),
    outcome: z.enum(['success', 'failure']),
    subject: z.uuid().nullable().meta({
      description:
        'Joins events about one account; means nothing elsewhere. After an erasure nobody can tell whose it was.',
    }),
    actor_kind: z.string().meta({
      description: 'account, administrator, client, operator, system or anyone; there may be more.',
    }),
    actor: z.string().nullable().meta({ description: 'A subject, or the id of a client.' }),
    client_id: z.string().nullable(),
    request_id: z.string().nullable(),
    target: z
      .object({ kind: z.string(), id: z.string() })
      .nullable()
      .meta({ description: 'What was changed, where it is not the account itself.' }),
    changes: z
      .object({ before: z.unknown(), after: z.unknown() })
      .nullable()
      .meta({ description: 'What that was and is, without anything personal or secret.' }),
  })
  .meta({ id: 'AuditEvent', description: 'Something that happened, without what is personal in it.' });

const sampleEvent = {
  id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
  at: '2026-11-27T12:00:00.000Z',
  type: 'factor.enrolled',
  outcome: 'success' as const,
  subject: '5f0c3b1e-8d6e-4b7e-9b51-0b7e6f1d2c3b',
  actor_kind: 'account',
  actor: '5f0c3b1e-8d6e-4b7e-9b51-0b7e6f1d2c3b',
  client_id: 'lantern',
  request_id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3c',
  target: null,
  changes: null,
};

const types = Object.keys(eventTypes);

export const listAuditEvents = defineOperation({
  operationId: 'listAuditEvents',
  method: 'get',
  path: '/api/v1/audit/events',
  summary: 'List events, the latest first',
  permission: 'audit:read',
  request: {
    query: z.object({
      ...pageQuery,
      type: z
        .string()
        .refine(each => types.includes(each), { error: 'is no type of event' })
        .optional(),
      outcome: z.enum(['success', 'failure']).optional(),
      account_id: z.uuid().optional(),
      subject: z.uuid().optional(),
      since: z.iso.datetime().optional(),
      until: z.iso.datetime().optional(),
    }),
  },
  responses: {
    200: {
      description: 'Events, and where to go on.',
      schema: pageOf(event),
    },
  },
  errors: [],
  sample: { responses: { 200: { data: [sampleEvent], next_cursor: null } } },
  async handle(deps, { query }) {
    const { type, outcome, account_id: accountId, subject, since, until } = query;
    const filter = {
      type,
      outcome,
      accountId,
      subject,
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    };
    const read = ({ after, limit }: Page) => findEvents(deps, { ...filter, before: after, limit });
    return { status: 200, body: await readPage(query, read, shown) };
  },
});

type EventRow = Awaited<ReturnType<typeof findEvents>>[number];

function shown({ id, at, actorKind, clientId, requestId, targetKind, targetId, changes, ...rest }: EventRow) {
  return {
    ...rest,
    id,
    at: at.toISOString(),
    outcome: rest.outcome as 'success' | 'failure',
    actor_kind: actorKind,
    client_id: clientId,
    request_id: requestId,
    target: targetKind === null || targetId === null ? null : { kind: targetKind, id: targetId },
    changes: changes === null ? null : (JSON.parse(changes) as { before: unknown; after: unknown }),
  };
}

const checkpoint = z.string().meta({
  description:
    'Compact JWS by a key of the JWKS: `iss`, `size`, `root` (Merkle Tree Hash, base64url) and `at`.',
});
const hash = z.string().meta({ description: 'SHA-256, base64url' });
const number = z.int().nonnegative();
const sampleHash = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
const sampleJws = 'eyJhbGciOiJFUzI1NiJ9.eyJzaXplIjoxfQ.c2lnbmF0dXJl';

export const getAuditCheckpoint = defineOperation({
  operationId: 'getAuditCheckpoint',
  method: 'get',
  path: '/api/v1/audit/checkpoint',
  summary: 'Read the latest signed checkpoint of the log',
  permission: 'audit:read',
  request: {},
  responses: {
    200: { description: 'To be kept elsewhere.', schema: z.object({ size: number, checkpoint }) },
  },
  errors: ['not_found'],
  sample: { responses: { 200: { size: 1, checkpoint: sampleJws } } },
  async handle(deps) {
    const latest = await latestCheckpoint(deps);
    if (latest === undefined) throw new AppError('not_found', 'Nothing has happened yet.');
    return { status: 200, body: { size: latest.size, checkpoint: latest.signature } };
  },
});

export const getInclusionProof = defineOperation({
  operationId: 'getAuditInclusionProof',
  method: 'get',
  path: '/api/v1/audit/events/{id}/inclusion-proof',
  summary: 'Prove that an event is in the log (RFC 9162 section 2.1.3)',
  permission: 'audit:read',
  request: { params: z.object({ id: z.uuid() }) },
  responses: {
    200: {
      description: 'From the leaf to the root of the latest checkpoint.',
      schema: z.object({ number, size: number, leaf_hash: hash, path: z.array(hash), checkpoint }),
    },
  },
  errors: ['not_found'],
  sample: {
    responses: {
      200: { number: 0, size: 2, leaf_hash: sampleHash, path: [sampleHash], checkpoint: sampleJws },
    },
  },
  async handle(deps, { params: { id } }) {
    const { leafHash, ...proof } = await proveInclusion(deps, id);
    return { status: 200, body: { ...proof, leaf_hash: leafHash } };
  },
});

export const getConsistencyProof = defineOperation({
  operationId: 'getAuditConsistencyProof',
  method: 'get',
  path: '/api/v1/audit/consistency-proof',
  summary: 'Prove that the log has only grown since a checkpoint (RFC 9162 section 2.1.4)',
  permission: 'audit:read',
  request: {
    query: z.object({
      first: z.coerce
        .number()
        .int()
        .min(1)
        .meta({ description: 'The size of the checkpoint that you kept.' }),
    }),
  },
  responses: {
    200: {
      description: 'From that size to the latest checkpoint.',
      schema: z.object({ first: number, second: number, path: z.array(hash), checkpoint }),
    },
  },
  errors: ['not_found'],
  sample: {
    responses: { 200: { first: 1, second: 2, path: [sampleHash], checkpoint: sampleJws } },
  },
  async handle(deps, { query: { first } }) {
    return { status: 200, body: await proveConsistency(deps, first) };
  },
});
