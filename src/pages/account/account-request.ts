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

/** Back to the account, or, where that is no longer possible, one last word: `<notice>-title` and `<notice>-text`. */
export type AccountOutcome = 'done' | { notice: string };
