import { z } from 'zod';
import { defineOperation } from '../../src/management-api/define-operation.ts';
import { operations } from '../../src/management-api/operations/index.ts';

const note = z.object({ id: z.uuid(), text: z.string() }).meta({ id: 'Note' });
const sample = { id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a', text: 'Buy oil for the lantern.' };

/** Operations with all that the real ones do not have yet: a permission, parameters, a body, errors of their own. */
const readNote = defineOperation({
  operationId: 'readNote',
  method: 'get',
  path: '/api/v1/notes/{id}',
  summary: 'Read a note',
  permission: 'accounts:read',
  request: {
    params: z.object({ id: z.uuid() }),
    query: z.object({ limit: z.string().regex(/^\d+$/).optional() }),
  },
  responses: { 200: { description: 'The note.', schema: note } },
  errors: ['not_found'],
  sample: { responses: { 200: sample } },
  async handle(_deps, { params }) {
    // A field too many, as when a whole row is handed back.
    const row = { id: params.id, text: 'read', password: 'hidden' };
    return { status: 200, body: row };
  },
});

const writeNote = defineOperation({
  operationId: 'writeNote',
  method: 'post',
  path: '/api/v1/notes',
  summary: 'Write a note',
  permission: 'accounts:write',
  request: { body: z.object({ text: z.string(), 'a/b~c': z.object({ deep: z.number() }).optional() }) },
  responses: { 201: { description: 'The new note.', schema: note } },
  errors: ['conflict'],
  sample: { body: { text: sample.text }, responses: { 201: sample } },
  async handle(_deps, { body }) {
    return { status: 201, body: { id: sample.id, text: body.text } };
  },
});

const breakPromise = defineOperation({
  operationId: 'breakPromise',
  method: 'get',
  path: '/api/v1/broken',
  summary: 'Answer otherwise than the document says',
  permission: null,
  request: {},
  responses: { 200: { description: 'The note.', schema: note } },
  errors: [],
  sample: { responses: { 200: sample } },
  async handle() {
    return { status: 200, body: { id: 'not an id', text: 'secret text' } };
  },
});

export const withSamples = [...operations, readNote, writeNote, breakPromise];
