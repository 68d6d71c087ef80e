import type { Account } from '../../accounts/index.ts';
import type { PageRequest } from '../define-page.ts';

/** A page of somebody's own account. */
export interface AccountRequest extends PageRequest {
  account: Account;
  /** The session of this browser, as the record of sessions knows it. */
  sessionId: string;
  /** The other pages of the account, each with the message that names it. */
  places: readonly { path: string; label: string }[];
}

export type AccountOutcome =
  /** Back to the account. */
  | 'done'
  /** To another of its pages. */
  | { to: string }
  /** The answer is there already. */
  | 'shown'
  /** Where nothing of that is possible any more, one last word: `<notice>-title` and `<notice>-text`. */
  | { notice: string };
