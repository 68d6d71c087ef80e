import { BlockList, isIP } from 'node:net';
import { isAcr } from '../mfa/index.ts';
import type { ValueType } from './attributes.ts';

/** RFC 3339, with a time zone. */
export function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

export function isAddressRange(range: string): boolean {
  const [address = '', prefix, ...rest] = range.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** @param ranges as isAddressRange has them */
export function isWithin(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', prefix] = range.split('/');
    const family = isIP(net) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(net, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
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
