import type { Account } from '../../accounts/index.ts';
import type { PageRequest } from '../define-page.ts';

/** A page of somebody's own account. */
export interface AccountRequest extends PageRequest {
  account: Account;
  /** The session of this browser, as the record of sessions knows it. */
  sessionId: string;
}
