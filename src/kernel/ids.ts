import { v7, validate } from 'uuid';

/** A UUIDv7 (RFC 9562 section 5.7): unique over all processes and sortable by creation. Not a secret. */
export function newId(): string {
  return v7();
}

/** When an id was made, in milliseconds since the epoch: the first 48 bits of a UUIDv7. */
export function madeAt(id: string): number {
  return Number.parseInt(id.replace('-', '').slice(0, 12), 16);
}

/** Whether a text from outside could be an id at all. */
export function isId(text: string): boolean {
  return validate(text);
}

/** The nil UUID (RFC 9562 section 5.9): belongs to no account. Asked for where there is none, so that it takes as long. */
export const nobody = '00000000-0000-0000-0000-000000000000';
