/**
 * Where the provider's short-lived records live: sessions, grants, codes, tokens. One contract, several drivers, one
 * test suite for all of them. All ids arrive hashed: what is read from a store is no usable token.
 */
export interface ArtifactStore {
  /**
   * Reads a live record, together with the grant it hangs on, in one round trip. Absent are also: the expired,
   * whatever the store's own clock says, and everything whose grant is revoked or gone.
   */
  find(model: string, id: string): Promise<FoundArtifact | undefined>;
  /** Finds by the second key a record was put under: a session's uid, a device's user code. */
  findByLookup(model: string, lookup: string): Promise<FoundArtifact | undefined>;
  /** Applies all changes or none. Decides single use: of any number of commits that consume the same record, one wins. */
  commit(changes: readonly Change[]): Promise<Conflict | undefined>;
  /** Deletes up to `limit` expired rows where the store does not do it by itself. @returns how many */
  reapExpired(limit: number): Promise<number>;
  /**
   * Deletes every record in which one of these texts stands as a value: for an erasure, because no record is found by whom
   * it is about. Reads the whole store, a page at a time. @returns how many
   */
  removeNaming(texts: readonly string[]): Promise<number>;
  /** @throws AppError `unavailable` */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Artifact {
  model: string;
  id: string;
  payload: Record<string, unknown>;
  /** Milliseconds since the epoch. */
  consumedAt: number | undefined;
  /** Differs after every write. */
  version: string;
}

export interface FoundArtifact extends Artifact {
  /** Present when the record hangs on a grant. */
  grant: Artifact | undefined;
}

export interface Put {
  kind: 'put';
  model: string;
  id: string;
  payload: Record<string, unknown>;
  expiresInSeconds: number;
  /** Second key, unique within the model. */
  lookup?: string;
  /** The grant this record hangs on: once that is revoked, the record cannot be put and is not found. */
  grantId?: string;
  /** Put only over this version: an update never overwrites what it has not seen, nor resurrects what is gone. */
  expectedVersion?: string;
  /** Put only if there is no such record: replay detection. */
  ifAbsent?: boolean;
}

export interface Consume {
  kind: 'consume';
  model: string;
  id: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Destroy {
  kind: 'destroy';
  model: string;
  id: string;
  /** Taking it away decides single use, as consuming does. */
  onlyIfPresent?: boolean;
}

/** Final: the grant stays as a tombstone until everything that could hang on it has expired. */
export interface RevokeGrant {
  kind: 'revoke-grant';
  id: string;
}

export type Change = Put | Consume | Destroy | RevokeGrant;

export interface Conflict {
  reason: 'consumed' | 'exists' | 'stale' | 'revoked';
  /** Position of the change that could not be applied. */
  index: number;
}

export const grantModel = 'Grant';

/** Records outlive their expiry by this, so that clocks that differ a little agree on what is expired. */
export const clockToleranceSeconds = 15;
