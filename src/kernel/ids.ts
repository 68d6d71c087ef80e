import { v7 } from 'uuid';

/** A UUIDv7 (RFC 9562 section 5.7): unique over all processes and sortable by creation. Not a secret. */
export function newId(): string {
  return v7();
}
