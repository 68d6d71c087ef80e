import type { OpenAPIRegistry, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { AppError } from '../kernel/index.ts';
import { type ApiErrorCode, apiErrors } from './api-errors.ts';
import { needsVersion, type Operation } from './define-operation.ts';
import { problem, problemMediaType, problemOf } from './problem.ts';

type Responses = RouteConfig['responses'];

const sampleRequestId = '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a';

/** What an operation can answer besides its own errors follows from its shape. */
function codesOf(operation: Operation): ApiErrorCode[] {
  const { permission, request, errors } = operation;
  const forScope: ApiErrorCode[] = permission === null ? [] : ['forbidden'];
  const forBody: ApiErrorCode[] =
    request.body === undefined ? [] : ['invalid_request', 'payload_too_large', 'unsupported_media_type'];
  const forVersion: ApiErrorCode[] = needsVersion(operation)
    ? ['precondition_failed', 'precondition_required']
    : [];
  return [
    'unauthorized',
    ...forScope,
    ...forBody,
    ...forVersion,
    'validation_failed',
    'internal',
    'unavailable',
    ...errors,
  ];
}

/** Describes each error once, under components; the document must hold the schema `problem`. @returns the references of one operation, by status */
export function addErrorResponses(
  registry: OpenAPIRegistry,
  operations: readonly Operation[],
): (operation: Operation) => Responses {
  const reference = (code: ApiErrorCode) => ({ $ref: `#/components/responses/${nameOf(code)}` });
  for (const code of new Set(operations.flatMap(codesOf))) {
    registry.registerComponent('responses', nameOf(code), {
      description: apiErrors[code].description,
      ...headersFor(code),
      content: {
        [problemMediaType]: {
          schema: { $ref: `#/components/schemas/${problem.meta()?.id}` },
          example: problemOf(errorOf(code), sampleRequestId),
        },
      },
    });
  }
  return operation =>
    Object.fromEntries(codesOf(operation).map(code => [errorOf(code).status, reference(code)]));
}

function errorOf(code: ApiErrorCode): AppError {
  return new AppError(code, apiErrors[code].description);
}

function headersFor(code: ApiErrorCode) {
  const { header } = apiErrors[code];
  if (header === undefined) return {};
  return { headers: { [header.name]: { description: header.description, schema: header.schema } } };
}

/** not_found becomes NotFound. */
function nameOf(code: ApiErrorCode): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
