import type { Account } from '../accounts/index.ts';
import type { Actor } from '../audit/index.ts';
import type { AccessSubject } from '../rbac/index.ts';

/** Who stands behind a request: a client for itself, or a client on behalf of a person. */
export interface Caller {
  clientId: string;
  /** Undefined when the client acts for itself. */
  account: Account | undefined;
  scopes: readonly string[];
  /** What the sign-in behind the token was worth, and when it was: seconds since the epoch. */
  acr: string | undefined;
  authTime: number | undefined;
}

/** Whose permissions count: those of the person, where there is one. */
export function subjectOf({ account, clientId }: Caller): AccessSubject {
  return account === undefined ? { type: 'client', id: clientId } : { type: 'account', id: account.id };
}

/** Who did it, for the record. */
export function actorOf({ account, clientId }: Caller): Extract<Actor, { kind: 'administrator' | 'client' }> {
  return account === undefined
    ? { kind: 'client', clientId }
    : { kind: 'administrator', accountId: account.id };
}
