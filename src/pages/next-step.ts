import type { EnrollableFactor, Missing, Proof, SecondFactorName } from '../mfa/index.ts';
import type { ReasonToChange } from '../passwords/index.ts';

/** What has happened so far on one trip through our pages. Kept with the interaction, never in the browser. */
export interface Progress {
  /** What the person entered to say who they are; null after "Change". */
  identifier?: string | null;
  /** Who proved to be whom, and how. Not a session before nothing is left to do. */
  authenticated?: { accountId: string; proofs: readonly Proof[] } | undefined;
  /** The browser says that it can make passkeys on this device. */
  hasAuthenticator?: boolean;
  /** The second factor that the person would rather be asked for. */
  secondFactor?: SecondFactorName;
  /** The one they would rather set up. */
  enrolment?: EnrollableFactor;
  /** Codes that were made and have to be shown and kept; sealed. Null when they are. */
  recoveryCodes?: string | null;
  /** A second factor may wait for another day, and the person wants that. */
  isFactorPostponed?: boolean;
  /** They were asked whether they want a passkey. */
  isPasskeyOffered?: boolean;
  /** The password is right and must not stay; null as soon as there is another. */
  reasonToChange?: ReasonToChange | null;
  /** The account was left by its owner, who has just proved to be that person; false as soon as it is taken back. */
  isAway?: boolean;
  chosenAccount?: 'current' | 'other';
  /** The way to a new account: the address that is being proven. Null for who would rather sign in. */
  registration?: ProofOfAddress | null;
  /** In place of a password: a code by mail. */
  codeByMail?: ProofOfAddress | null;
  /** Nobody signed in to this account in this browser before; a code by mail shows that it is its owner. */
  newDevice?: ProofOfAddress | undefined;
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
  /** Why the provider stopped: `create`, `login`, `assurance`, `documents`, `profile`, `consent` or `select_account`. */
  prompt: string;
  /** The account signed in in this browser. */
  sessionAccountId: string | undefined;
  progress: Progress;
  /** What the sign-in is still worth too little for. */
  missing: Missing;
  /** Whether the person is to be asked if they want a passkey. */
  offersPasskey: boolean;
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
  | 'challenge-passkey'
  | 'challenge-totp'
  | 'challenge-recovery-code'
  | 'change-password'
  | 'reopen'
  | 'enrol-passkey'
  | 'enrol-totp'
  | 'save-recovery-codes'
  | 'offer-passkey'
  | 'accept-documents'
  | 'complete-profile'
  | 'consent'
  /** What the app asks is nothing that this account can have. */
  | 'unmet'
  | 'done';

/** One that is a page. */
export type ShownStep = Exclude<Step, 'done' | 'unmet'>;

/** The only place that decides what comes next. Pages never name the page that follows. */
export function nextStep(situation: Situation): Step {
  const { prompt, sessionAccountId, progress } = situation;
  if (prompt === 'documents') return progress.hasAgreed === true ? 'done' : 'accept-documents';
  if (prompt === 'profile') return progress.isComplete === true ? 'done' : 'complete-profile';
  if (prompt === 'consent') return progress.grantId === undefined ? 'consent' : 'done';
  if (prompt === 'select_account' && sessionAccountId !== undefined) {
    if (progress.chosenAccount === undefined) return 'select-account';
    if (progress.chosenAccount === 'current') return 'done';
  }
  if (progress.authenticated !== undefined || prompt === 'assurance') return afterProof(situation);
  const registration = progress.registration ?? (wantsAccount(prompt, progress) ? {} : null);
  if (registration !== null) {
    if (registration.challengeId === undefined) return 'register';
    return registration.isProven === true ? 'create-account' : 'prove-address';
  }
  const codeByMail = progress.codeByMail ?? null;
  if (codeByMail !== null) return 'prove-address';
  const recovery = progress.recovery ?? null;
  if (recovery !== null) {
    if (recovery.challengeId === undefined) return 'recover';
    return recovery.isProven === true ? 'reset-password' : 'prove-address';
  }
  return typeof progress.identifier === 'string' ? 'password' : 'identify';
}

/** Somebody has proved to be somebody. What is missing is asked for before anything can be seen or changed. */
function afterProof({ progress, missing, offersPasskey }: Situation): Step {
  const { newDevice, reasonToChange, isAway, recoveryCodes, enrolment } = progress;
  if (missing.step === 'impossible') return 'unmet';
  if (newDevice !== undefined && newDevice.isProven !== true) return 'prove-address';
  if (missing.step === 'challenge') {
    const { factors } = missing;
    const chosen = factors.find(each => each === progress.secondFactor) ?? factors[0];
    return chosen === undefined ? 'unmet' : `challenge-${chosen}`;
  }
  if ((reasonToChange ?? null) !== null) return 'change-password';
  if (isAway === true) return 'reopen';
  if ((recoveryCodes ?? null) !== null) return 'save-recovery-codes';
  if (missing.step === 'enrol' && (missing.dueAt === undefined || progress.isFactorPostponed !== true)) {
    const chosen = missing.factors.find(each => each === enrolment) ?? missing.factors[0];
    return chosen === undefined ? 'unmet' : `enrol-${chosen}`;
  }
  return offersPasskey && progress.isPasskeyOffered !== true ? 'offer-passkey' : 'done';
}

/** The app sent them to make an account (Initiating User Registration 1.0), and they have not said otherwise. */
function wantsAccount(prompt: string, { registration }: Progress): boolean {
  return prompt === 'create' && registration === undefined;
}
