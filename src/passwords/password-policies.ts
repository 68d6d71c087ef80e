/** What a new password must satisfy beside being hard to guess, and how long it is good. */
export interface PasswordPolicy {
  /** Of one that is the only factor. */
  minLength: number;
  /** Of one beside a second factor. */
  minLengthBesideFactor: number;
  /** Of zxcvbn: 3 is 10^8 guesses at least, 2 is 10^6; eight random characters are 2. */
  leastScore: 2 | 3;
  /** Kinds of characters that it must have. */
  composition: 'any' | 'letter_and_digit' | 'three_kinds';
  /** It may be none of so many before it, the present one among them. */
  history: number;
  /** After so many days whoever signs in chooses another. */
  maxAgeDays: number | undefined;
}

export type PasswordPolicyName = keyof typeof passwordPolicies;

export const passwordPolicies = {
  /** SP 800-63B-4 section 3.1.1.2: 15 characters where the password is the only factor, else 8; no composition, no expiry. */
  nist: {
    minLength: 15,
    minLengthBesideFactor: 8,
    leastScore: 3,
    composition: 'any',
    history: 0,
    maxAgeDays: undefined,
  },
  /** PCI DSS 4.0.1, requirements 8.3.6, 8.3.7 and 8.3.9. */
  'pci-dss-4': {
    minLength: 12,
    minLengthBesideFactor: 12,
    leastScore: 3,
    composition: 'letter_and_digit',
    history: 4,
    maxAgeDays: 90,
  },
  /** What a domain of Active Directory asks for unless told otherwise, with eight characters instead of seven. */
  'legacy-ad': {
    minLength: 8,
    minLengthBesideFactor: 8,
    leastScore: 2,
    composition: 'three_kinds',
    history: 24,
    maxAgeDays: 42,
  },
} as const satisfies Record<string, PasswordPolicy>;

/** Lower case, upper case, digits, and all else: scripts without case count with the last. */
const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u];

export function isComposed(password: string, composition: PasswordPolicy['composition']): boolean {
  switch (composition) {
    case 'any':
      return true;
    case 'letter_and_digit':
      return /\p{L}/u.test(password) && /\p{Nd}/u.test(password);
    case 'three_kinds':
      return kinds.filter(kind => kind.test(password)).length >= 3;
  }
}

/** The same beside a second factor: eight characters that nobody guesses at once are enough there. */
export function besideFactor(policy: PasswordPolicy): PasswordPolicy {
  const minLength = policy.minLengthBesideFactor;
  return minLength < policy.minLength ? { ...policy, minLength, leastScore: 2 } : policy;
}

/** Whether it would be too short without a second factor. */
export function isShortAlone(policy: PasswordPolicy, password: string): boolean {
  return Array.from(password.normalize('NFKC')).length < policy.minLength;
}
