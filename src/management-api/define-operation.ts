import type { z } from 'zod';
import type { BackchannelRequest, Decision } from '../backchannel-authentication/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import type { Access } from '../rbac/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import type { ApiErrorCode } from './api-errors.ts';
import type { Caller } from './caller.ts';
import type { ManagementScope } from './resource-server.ts';

/** What an operation takes. What is left out must be empty; a field that is not named is an error, never ignored. */
export interface RequestShape {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
}

/** Answers by status. Fields that the schema does not name do not leave the process. */
export type Answers = Readonly<Record<number, Answer>>;

interface Answer {
  description: string;
  schema: z.ZodType;
}

export interface OperationDeps {
  issuer: string;
  database: Database;
  clock: Clock;
  sealer: Sealer;
  outbox: Outbox;
  access: Access;
  /** How many administrators it takes to let somebody in who has lost every second factor. */
  factorResetApproval: 'one' | 'two';
  /** Decides for somebody who said so elsewhere. @returns false where it was too late, or somebody else was first */
  decide: (
    request: BackchannelRequest,
    decision: Decision,
    approval: { authTime: number },
  ) => Promise<boolean>;
}

type Parsed<R extends RequestShape, Part extends keyof RequestShape> = R[Part] extends z.ZodType
  ? z.output<R[Part]>
  : undefined;

interface OperationInput<R extends RequestShape> {
  caller: Caller;
  /** From If-Match; there for what changes or deletes an object that `isVersioned`. */
  version: number | undefined;
  params: Parsed<R, 'params'>;
  query: Parsed<R, 'query'>;
  body: Parsed<R, 'body'>;
}

type BodyOf<A extends Answers, Status extends keyof A & number> = A[Status] extends Answer
  ? z.input<A[Status]['schema']>
  : never;

type AnswerOf<A extends Answers> = {
  [Status in keyof A & number]: {
    status: Status;
    body: BodyOf<A, Status>;
    /** Of the one object that is the body: becomes its ETag. */
    version?: number;
  };
}[keyof A & number];

/** Examples for the document. They are checked against the schemas by the types here and by a test. */
type SampleOf<R extends RequestShape, A extends Answers> = {
  responses: { [Status in keyof A & number]: BodyOf<A, Status> };
} & (R['body'] extends z.ZodType ? { body: z.input<R['body']> } : { body?: never });

interface Definition<R extends RequestShape, A extends Answers> {
  operationId: string;
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With path parameters as OpenAPI writes them: /api/v1/accounts/{id} */
  path: `/api/v1/${string}` | `/access/v1/${string}`;
  summary: string;
  /** null lets in every caller with a valid token. */
  permission: ManagementScope | null;
  /** Changes nothing although it is no GET: a question with a body. */
  isQuestion?: true;
  /** Its object has a version, which is its ETag: what changes or deletes it says by If-Match which one is meant. */
  isVersioned?: true;
  request: R;
  responses: A;
  /** Errors of its own, besides those that every operation can give. */
  errors: readonly ApiErrorCode[];
  sample: SampleOf<R, A>;
  handle(deps: OperationDeps, input: OperationInput<R>): Promise<AnswerOf<NoInfer<A>>>;
}

export interface Operation extends Omit<Definition<RequestShape, Answers>, 'sample' | 'handle'> {
  sample: { responses: Readonly<Record<number, unknown>>; body?: unknown };
  handle(
    deps: OperationDeps,
    input: { caller: Caller; version: number | undefined; params: unknown; query: unknown; body: unknown },
  ): Promise<{ status: number; body: unknown; version?: number }>;
}

/** One operation of the API. Route, validation, document and types all follow from it. */
export function defineOperation<const R extends RequestShape, const A extends Answers>(
  definition: Definition<R, A>,
): Operation {
  // The router parses with the very schemas that the types were made from.
  return definition;
}

/** Whether somebody has to say which version of an object they mean (RFC 6585 section 3). */
export function needsVersion({ isVersioned, method }: Pick<Operation, 'isVersioned' | 'method'>): boolean {
  return isVersioned === true && (method === 'patch' || method === 'delete');
}
