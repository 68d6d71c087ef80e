/** What a factor proves of the person. Two of the same kind are worth as much as one. */
type FactorKind =
  /** Something they know. */
  | 'knowledge'
  /** That they read what arrives at their address. A password can be reset there, so that beside one this proves nothing more. */
  | 'mailbox'
  /** Something they have. */
  | 'possession';

/** One kind of proof, as it declares itself. */
interface Factor {
  kind: FactorKind;
  /** What a page on a wrong origin gets of it is good for nothing (NIST SP 800-63B-4 section 3.2.5). */
  isPhishingResistant: boolean;
  /** Authentication methods (RFC 8176 section 2). */
  amr(proof: Pick<Proof, 'isSynced'>): readonly string[];
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

const code = { isPhishingResistant: false, amr: () => ['otp'] } as const;

/** Every factor there is. Second factors stand in the order in which they are asked for. */
const factors = {
  password: { kind: 'knowledge', isPhishingResistant: false, amr: () => ['pwd'] },
  'email-code': { kind: 'mailbox', ...code },
  passkey: {
    kind: 'possession',
    isPhishingResistant: true,
    amr: ({ isSynced = true }: { isSynced?: boolean }) => [isSynced ? 'swk' : 'hwk', 'user'],
  },
  totp: { kind: 'possession', ...code },
  'recovery-code': { kind: 'possession', ...code },
} as const satisfies Record<string, Factor>;

export type FactorName = keyof typeof factors;

/** What may come after a password or a code by mail. */
export type SecondFactorName = {
  [Name in FactorName]: (typeof factors)[Name]['kind'] extends 'possession' ? Name : never;
}[FactorName];

/** What people set up. Recovery codes come with the first of these. */
export type EnrollableFactor = Extract<FactorName, 'passkey' | 'totp'>;

export function factorOf(name: FactorName): Factor {
  return factors[name];
}
