import type { ErrorCode } from '../kernel/index.ts';

interface Described {
  description: string;
  header?: { name: string; description: string; schema: { type: 'string' | 'integer' } };
}

const challenge = {
  name: 'WWW-Authenticate',
  description: 'What is wrong with the token (RFC 6750 section 3).',
  schema: { type: 'string' },
} as const;

const retryAfter = {
  name: 'Retry-After',
  description: 'Seconds to wait before the next attempt.',
  schema: { type: 'integer' },
} as const;

/** The errors an operation can document: one to a status, because OpenAPI lists answers by status. */
const described = {
  invalid_request: { description: 'The request could not be understood.' },
  unauthorized: { description: 'There is no valid access token in the request.', header: challenge },
  forbidden: { description: 'The caller may not do this.', header: challenge },
  not_found: { description: 'There is no such object.' },
  conflict: { description: 'The object is not in a state that allows this.' },
  precondition_failed: { description: 'Somebody else has changed the object meanwhile.' },
  precondition_required: { description: 'If-Match is missing: which version is meant?' },
  payload_too_large: { description: 'The request is too large.' },
  unsupported_media_type: { description: 'The request is in a format that this address does not take.' },
  validation_failed: { description: 'The request has fields that are wrong or not known.' },
  too_many_requests: { description: 'There were too many requests.', header: retryAfter },
  internal: { description: 'Something went wrong on our side.' },
  unavailable: { description: 'The service is not available at the moment.', header: retryAfter },
} as const satisfies Partial<Record<ErrorCode, Described>>;

export type ApiErrorCode = keyof typeof described;

export const apiErrors: Readonly<Record<ApiErrorCode, Described>> = described;
