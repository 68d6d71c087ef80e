import { type Clock, StartupError } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import {
  isKeptForEver,
  isOfKind,
  type KeyStatus,
  keptAfterRetirementMs,
  leastAnnouncementMs,
  type RotationPolicy,
  statusOf,
} from './key-life.ts';
import { type KeyKind, keyKinds, type PrivateKeys } from './key-record.ts';
import { type KeyWriter, keysRepository, type StoredKey } from './keys.repository.ts';
import { bindingOf, makeKey } from './make-key.ts';

export interface KeysDeps {
  database: Database;
  sealer: Sealer;
  privateKeys: PrivateKeys;
  clock: Clock;
}

/** Makes what is missing, announces what is due, and deletes what is forgotten. Does nothing where nothing is due. */
export async function rotateDueKeys(
  deps: KeysDeps,
  { rotationMs, announcementMs }: RotationPolicy,
): Promise<void> {
  const now = deps.clock.now();
  await keysRepository(deps.database).change(async (keys, writer) => {
    for (const kind of keyKinds) {
      const { active, next } = inUse(keys, kind, now);
      if (active === undefined) await replace(deps, writer, { kind, next });
      // Salts are replaced when somebody asks for it: an old one goes on for the accounts that have it.
      else if (!isKeptForEver(kind.purpose) && next === undefined) {
        const dueAt = active.activatesAt.getTime() + rotationMs;
        if (dueAt - announcementMs <= now) {
          await succeed(deps, writer, { kind, active, at: Math.max(dueAt, now + announcementMs) });
        }
      }
    }
    for (const key of keys) if (statusOf(key, now) === 'forgotten') await writer.remove(key.id);
  });
}

export interface RotateInput {
  /** Every kind unless given. */
  kinds?: readonly KeyKind[];
  /** Milliseconds until the new keys are used; 0 is for emergencies, since apps may not know them yet. */
  announcementMs: number;
}

/**
 * Rotates now, whatever is due. A kind whose next key is announced already keeps that one.
 * @returns the ids of the keys that are announced, or in use, because of this
 */
export async function rotateKeys(
  deps: KeysDeps,
  { kinds = keyKinds, announcementMs }: RotateInput,
): Promise<string[]> {
  const now = deps.clock.now();
  return keysRepository(deps.database).change(async (keys, writer) => {
    const changed: string[] = [];
    for (const kind of kinds) {
      const { active, next } = inUse(keys, kind, now);
      const at = now + Math.max(announcementMs, leastAnnouncementMs(kind.purpose));
      if (active === undefined) changed.push(await replace(deps, writer, { kind, next }));
      else if (next === undefined) changed.push(await succeed(deps, writer, { kind, active, at }));
      else if (announcementMs === 0) {
        const sooner = Math.min(at, next.activatesAt.getTime());
        await writer.update(active.id, retirement(kind, sooner));
        await writer.update(next.id, { activatesAt: new Date(sooner) });
        changed.push(next.id);
      }
    }
    return changed;
  });
}

/**
 * For a key that somebody else may have: from the next look of every process on it signs nothing and verifies nothing,
 * and another takes its place at once.
 * @throws StartupError when there is no such key, or it is a salt that subjects depend on
 */
export async function revokeKey(deps: KeysDeps, id: string): Promise<void> {
  const now = deps.clock.now();
  await keysRepository(deps.database).change(async (keys, writer) => {
    const key = keys.find(each => each.id === id);
    const kind = key && keyKinds.find(each => isOfKind(each)(key));
    if (key === undefined || kind === undefined)
      throw new StartupError(`There is no key ${id}. "keys list" shows all.`);
    if (isKeptForEver(kind.purpose)) {
      throw new StartupError('A pairwise salt cannot be revoked: every subject made with it would change.');
    }
    await writer.remove(id);
    const left = keys.filter(each => each !== key);
    const { active, next } = inUse(left, kind, now);
    if (active === undefined) await replace(deps, writer, { kind, next });
    // It goes on until there is another to announce.
    else if (next === undefined) await writer.update(active.id, { retiresAt: null, forgottenAt: null });
  });
}

/** Seals every key again with the first key of the ring, so that the others can leave it. @returns how many */
export async function resealKeys({
  database,
  sealer,
}: Pick<KeysDeps, 'database' | 'sealer'>): Promise<number> {
  return keysRepository(database).change(async (keys, writer) => {
    const stale = keys.filter(({ sealedKey }) => !sealer.isCurrent(sealedKey));
    for (const { id, sealedKey } of stale) {
      const secret = await sealer.open(sealedKey, bindingOf(id));
      await writer.update(id, { sealedKey: await sealer.seal(secret, bindingOf(id)) });
    }
    return stale.length;
  });
}

function inUse(keys: readonly StoredKey[], kind: KeyKind, now: number) {
  const living = keys.filter(isOfKind(kind));
  const find = (status: KeyStatus) => living.find(key => statusOf(key, now) === status);
  return { active: find('active'), next: find('next') };
}

/** Where there is no active key: the one that was announced, or a new one. */
async function replace(
  deps: Omit<KeysDeps, 'database'>,
  writer: KeyWriter,
  { kind, next }: { kind: KeyKind; next: StoredKey | undefined },
): Promise<string> {
  const now = new Date(deps.clock.now());
  if (next !== undefined) {
    await writer.update(next.id, { activatesAt: now });
    return next.id;
  }
  // The first salt is for accounts of any age.
  const activatesAt = isKeptForEver(kind.purpose) ? new Date(0) : now;
  const key = await makeKey(deps, kind, { createdAt: now, activatesAt });
  await writer.add(key);
  return key.id;
}

async function succeed(
  deps: Omit<KeysDeps, 'database'>,
  writer: KeyWriter,
  { kind, active, at }: { kind: KeyKind; active: StoredKey; at: number },
): Promise<string> {
  const times = { createdAt: new Date(deps.clock.now()), activatesAt: new Date(at) };
  const key = await makeKey(deps, kind, times);
  await writer.add(key);
  await writer.update(active.id, retirement(kind, at));
  return key.id;
}

function retirement(kind: KeyKind, at: number) {
  return {
    retiresAt: new Date(at),
    forgottenAt: isKeptForEver(kind.purpose) ? null : new Date(at + keptAfterRetirementMs),
  };
}
