/** What the code or link opens. */
export type ChallengePurpose = 'register' | 'recover' | 'change-email' | 'unlock' | 'sign-in' | 'new-device';

/** A code and a link on their way to an address, and what became of them. */
export interface EmailChallenge {
  id: string;
  purpose: ChallengePurpose;
  email: string;
  /** As in account. */
  emailKey: string;
  /** Who has this address already. */
  accountId: string | undefined;
  /** The app that the person came from. */
  clientId: string | undefined;
  sends: number;
  sentAt: Date;
  isUsed: boolean;
}

/** What stands in the mail, and nowhere else in the clear. */
export interface ChallengeSecrets {
  code: string;
  token: string;
}

/** What the settings say. */
export interface CodePolicy {
  /** How long a code and a link are good. */
  minutes: number;
  /** Of one code and all that follow it for the same challenge. */
  tries: number;
  /** Before another code may be asked for. */
  resendSeconds: number;
  /** Mails with codes or links to one address, whatever they are about and whoever asked for them. */
  mailsPerHour: number;
}

/** Who waits for it in front of a page: NIST SP 800-63B-4 section 3.1.3.2 allows ten minutes. */
const shortMinutes = 10;

/** How long a code for this is good, unless it was said when it was made. */
export function minutesOf(purpose: ChallengePurpose, { minutes }: CodePolicy): number {
  const isShort = purpose === 'sign-in' || purpose === 'new-device';
  return isShort ? Math.min(shortMinutes, minutes) : minutes;
}
