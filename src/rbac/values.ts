import { isIP } from 'node:net';
import { isAcr } from '../mfa/index.ts';
import type { ValueType } from './attributes.ts';

/** RFC 3339, with a time zone. */
function isTime(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

const checks: Readonly<Record<ValueType, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  number: value => typeof value === 'number' && Number.isFinite(value),
  boolean: value => typeof value === 'boolean',
  strings: value => Array.isArray(value) && value.every(each => typeof each === 'string'),
  time: isTime,
  address: value => typeof value === 'string' && isIP(value) !== 0,
  acr: isAcr,
};

/** @returns the value, or undefined where it is not what the condition was written for */
export function ofType(value: unknown, type: ValueType): unknown {
  return checks[type](value) ? value : undefined;
}
