/** How often something may be tried, and how long whoever goes on has to wait. */
export interface AttemptLimit {
  /** Stands in the key: attempts at different things do not mix. */
  name: string;
  /** So many at once, or one after the other. */
  tries: number;
  /** After the last of them; twice as long after each that follows. */
  waitSeconds: number;
  longestWaitSeconds: number;
  /** Without an attempt for this long, all is as before the first. */
  forgetAfterSeconds: number;
}

/** What the settings say. */
export interface ThrottlingPolicy {
  triesPerIdentifier: number;
  triesPerAddress: number;
  waitSeconds: number;
  longestWaitSeconds: number;
}

export type AttemptLimits = ReturnType<typeof attemptLimits>;

const hour = 60 * 60;

/** Every limit on attempts there is. */
export function attemptLimits(policy: ThrottlingPolicy) {
  const waits = {
    waitSeconds: policy.waitSeconds,
    longestWaitSeconds: policy.longestWaitSeconds,
    forgetAfterSeconds: 24 * hour,
  };
  const ofAddress = { ...waits, tries: policy.triesPerAddress, forgetAfterSeconds: hour };
  return {
    /** Passwords for one identifier, by whoever tries, known or unknown. */
    passwordOfIdentifier: { ...waits, name: 'password/identifier', tries: policy.triesPerIdentifier },
    /** The same in a browser where that person signed in before: others cannot use these up. */
    passwordOnDevice: { ...waits, name: 'password/device', tries: policy.triesPerIdentifier },
    /** Mails that offer to go on at once, to whoever has to wait: one for each of the longest waits. */
    unlockMailOfIdentifier: {
      ...waits,
      name: 'unlock-mail/identifier',
      tries: 1,
      waitSeconds: policy.longestWaitSeconds,
    },
    /** Passwords for anybody from one address. */
    passwordFromAddress: { ...ofAddress, name: 'password/address' },
    /** Codes of second factors for one account, by whoever knows its password. */
    secondFactorOfAccount: { ...waits, name: 'second-factor/account', tries: policy.triesPerIdentifier },
    /** Codes by mail in place of a password, for one address over all sign-ins. */
    codeOfAddress: { ...waits, name: 'sign-in-code/address', tries: policy.triesPerIdentifier },
    /** Codes of devices (RFC 8628 section 5.1). */
    userCodeFromAddress: { ...ofAddress, name: 'user-code/address' },
    /** Requests that send mail. */
    mailFromAddress: { ...ofAddress, name: 'mail/address' },
  } satisfies Record<string, AttemptLimit>;
}
