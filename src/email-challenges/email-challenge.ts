/** What the code or link opens. */
export type ChallengePurpose = 'register' | 'recover' | 'change-email';

/** A code and a link on their way to an address, and what became of them. */
export interface EmailChallenge {
  id: string;
  purpose: ChallengePurpose;
  email: string;
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

/** Long enough for slow mail and for a walk to the other device. */
export const challengeMinutes = 30;

/** Of one code and all that follow it for the same challenge: 1 in 20 million for who guesses. */
export const triesOfCode = 5;

/** Before another code may be asked for. */
export const resendAfterSeconds = 60;

/** To one address, whatever they are about and whoever asked for them. */
export const mostMailsAnHour = 6;
