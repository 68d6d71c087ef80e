import type { Account } from '../accounts/index.ts';

/** Who stands behind a request: a client for itself, or a client on behalf of a person. */
export interface Caller {
  clientId: string;
  /** Undefined when the client acts for itself. */
  account: Account | undefined;
  scopes: readonly string[];
}
