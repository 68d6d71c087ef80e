import type { z } from 'zod';
import { AppError } from '../kernel/index.ts';

export type RequestPart = 'path' | 'query' | 'body';

export interface Fault {
  /** JSON Pointer (RFC 6901) into the request. */
  pointer: string;
  code: string;
  detail: string;
}

/** The request is well formed, and wrong. Names every fault at once. */
export class ValidationError extends AppError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super('validation_failed', 'The request has fields that are wrong or not known.');
    this.faults = faults;
  }
}

/** Faults of one part of the request, each at its own field: also those that the schema does not know. */
export function faultsOf(part: RequestPart, { issues }: z.ZodError): Fault[] {
  return issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({
          pointer: pointerTo([part, ...issue.path, key]),
          code: 'unknown_field',
          detail: 'There is no such field.',
        }))
      : [{ pointer: pointerTo([part, ...issue.path]), code: issue.code, detail: issue.message }],
  );
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
