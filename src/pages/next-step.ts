import type { ReasonToChange } from '../passwords/index.ts';

/** What has happened so far on one trip through our pages. Kept with the interaction, never in the browser. */
export interface Progress {
  /** What the person entered to say who they are; null after "Change". */
  identifier?: string | null;
  /** Who proved to be whom, and how. Not a session before nothing is left to do. */
  authenticated?: { accountId: string; at: number; amr: readonly string[] };
  /** The password is right and must not stay; null as soon as there is another. */
  reasonToChange?: ReasonToChange | null;
  /** The account was left by its owner, who has just proved to be that person; false as soon as it is taken back. */
  isAway?: boolean;
  chosenAccount?: 'current' | 'other';
  /** The way to a new account: the address that is being proven. Null for who would rather sign in. */
  registration?: ProofOfAddress | null;
  /** The way back for who forgot the password. */
  recovery?: ProofOfAddress | null;
  /** To all documents as they are. */
  hasAgreed?: boolean;
  /** The profile has what is required. */
  isComplete?: boolean;
  /** What was allowed: the id of the grant. */
  grantId?: string;
}

/** An address that is being proven by mail. */
export interface ProofOfAddress {
  challengeId?: string;
  isProven?: boolean;
}

/** What the next step depends on, and nothing else. */
export interface Situation {
  /** Why the provider stopped: `create`, `login`, `documents`, `profile`, `consent` or `select_account`. */
  prompt: string;
  /** The account signed in in this browser. */
  sessionAccountId: string | undefined;
  progress: Progress;
}

export type Step =
  | 'select-account'
  | 'identify'
  | 'password'
  | 'register'
  | 'prove-address'
  | 'create-account'
  | 'recover'
  | 'reset-password'
  | 'change-password'
  | 'reopen'
  | 'accept-documents'
  | 'complete-profile'
  | 'consent'
  | 'done';

/** The only place that decides what comes next. Pages never name the page that follows. */
export function nextStep({ prompt, sessionAccountId, progress }: Situation): Step {
  if (prompt === 'documents') return progress.hasAgreed === true ? 'done' : 'accept-documents';
  if (prompt === 'profile') return progress.isComplete === true ? 'done' : 'complete-profile';
  if (prompt === 'consent') return progress.grantId === undefined ? 'consent' : 'done';
  if (prompt === 'select_account' && sessionAccountId !== undefined) {
    if (progress.chosenAccount === undefined) return 'select-account';
    if (progress.chosenAccount === 'current') return 'done';
  }
  if (progress.authenticated !== undefined) {
    if ((progress.reasonToChange ?? null) !== null) return 'change-password';
    return progress.isAway === true ? 'reopen' : 'done';
  }
  const registration = progress.registration ?? (wantsAccount(prompt, progress) ? {} : null);
  if (registration !== null) {
    if (registration.challengeId === undefined) return 'register';
    return registration.isProven === true ? 'create-account' : 'prove-address';
  }
  const recovery = progress.recovery ?? null;
  if (recovery !== null) {
    if (recovery.challengeId === undefined) return 'recover';
    return recovery.isProven === true ? 'reset-password' : 'prove-address';
  }
  return typeof progress.identifier === 'string' ? 'password' : 'identify';
}

/** The app sent them to make an account (Initiating User Registration 1.0), and they have not said otherwise. */
function wantsAccount(prompt: string, { registration }: Progress): boolean {
  return prompt === 'create' && registration === undefined;
}
