import type { KeyKind, KeyPurpose } from './key-record.ts';
import type { StoredKey } from './keys.repository.ts';

export type KeyStatus = 'next' | 'active' | 'retired' | 'forgotten';

export interface RotationPolicy {
  /** How long a key is in use. */
  rotationMs: number;
  /** How long everybody may know a key before it is used: longer than anybody keeps a copy of the JWKS. */
  announcementMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Longer than anything that was signed with it: sessions last 14 days, and an ID token is a hint even after it expired. */
export const keptAfterRetirementMs = 30 * dayMs;

export function statusOf(
  key: Pick<StoredKey, 'activatesAt' | 'retiresAt' | 'forgottenAt'>,
  now: number,
): KeyStatus {
  if (key.forgottenAt !== null && key.forgottenAt.getTime() <= now) return 'forgotten';
  if (key.activatesAt.getTime() > now) return 'next';
  if (key.retiresAt !== null && key.retiresAt.getTime() <= now) return 'retired';
  return 'active';
}

export function isOfKind(kind: KeyKind) {
  return ({ purpose, algorithm }: Pick<StoredKey, 'purpose' | 'algorithm'>): boolean =>
    purpose === kind.purpose && algorithm === kind.algorithm;
}

/** What pairwise subjects were made with has to make the same ones for ever; see pairwise.ts. */
export function isKeptForEver(purpose: KeyPurpose): boolean {
  return purpose === 'pairwise';
}

/**
 * The shortest announcement. A salt that one process used before another knew it would give one account two subjects;
 * everybody follows within five seconds.
 */
export function leastAnnouncementMs(purpose: KeyPurpose): number {
  return isKeptForEver(purpose) ? 10_000 : 0;
}
