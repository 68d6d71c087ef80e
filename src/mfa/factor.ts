/** What a factor proves of the person. Two of the same kind are worth as much as one. */
export type FactorKind =
  /** Something they know. */
  | 'knowledge'
  /** That they read what arrives at their address. A password can be reset there, so that beside one this proves nothing more. */
  | 'mailbox'
  /** Something they have. */
  | 'possession';

/** One kind of proof, as it declares itself. */
export interface Factor {
  name: string;
  kind: FactorKind;
  /** What a page on a wrong origin gets of it is good for nothing (NIST SP 800-63B-4 section 3.2.5). */
  isPhishingResistant: boolean;
  /** Authentication methods (RFC 8176 section 2). */
  amr(proof: Proof): readonly string[];
}

/** Somebody proved a factor. */
export interface Proof {
  factor: FactorName;
  /** Seconds since the epoch. */
  at: number;
  /** Of a passkey: the authenticator made sure that it is its owner (Web Authentication Level 3 section 6.1.1, flag UV). */
  isUserVerified?: boolean;
  /** Of a passkey: its key may be in several devices (flag BE). */
  isSynced?: boolean;
}

const passwordFactor = {
  name: 'password',
  kind: 'knowledge',
  isPhishingResistant: false,
  amr: () => ['pwd'],
} as const satisfies Factor;

const emailCode = {
  name: 'email-code',
  kind: 'mailbox',
  isPhishingResistant: false,
  amr: () => ['otp'],
} as const satisfies Factor;

const totp = {
  name: 'totp',
  kind: 'possession',
  isPhishingResistant: false,
  amr: () => ['otp'],
} as const satisfies Factor;

const passkey = {
  name: 'passkey',
  kind: 'possession',
  isPhishingResistant: true,
  amr: ({ isSynced = true }: Proof) => [isSynced ? 'swk' : 'hwk', 'user'],
} as const satisfies Factor;

const recoveryCode = {
  name: 'recovery-code',
  kind: 'possession',
  isPhishingResistant: false,
  amr: () => ['otp'],
} as const satisfies Factor;

/** Every factor there is. Second factors stand in the order in which they are asked for. */
const factors = {
  password: passwordFactor,
  'email-code': emailCode,
  passkey,
  totp,
  'recovery-code': recoveryCode,
} as const;

export type FactorName = keyof typeof factors;

/** What may come after a password or a code by mail. */
export type SecondFactorName = {
  [Name in FactorName]: (typeof factors)[Name]['kind'] extends 'possession' ? Name : never;
}[FactorName];

export function factorOf(name: FactorName): Factor {
  return factors[name];
}
