import { AsyncLocalStorage } from 'node:async_hooks';
import { type Artifact, type ArtifactStore, type Change, grantModel, type Put } from './artifact-store.ts';
import { ArtifactConflictError } from './conflict-error.ts';
import { mergeRefreshToken } from './merge-refresh-token.ts';
import { mergeSession } from './merge-session.ts';

type Merge = typeof mergeSession;

/** What is saved only over the version that was read, and how two that changed it at once agree. */
const merges: Readonly<Record<string, Merge>> = { Session: mergeSession, RefreshToken: mergeRefreshToken };

/** More than this many others saved the same record within one round trip: give up rather than go on for ever. */
const maxMerges = 12;

/**
 * The artifacts of one request. Reads are remembered and see the request's own writes; writes are applied together, in
 * one round trip, before the answer leaves. Consuming a code and storing the tokens it bought is thus one atomic step:
 * a crash between them can neither burn the code nor double it.
 */
export class UnitOfWork {
  readonly #store: ArtifactStore;
  readonly #reads = new Map<string, Artifact | undefined>();
  readonly #changes = new Map<string, Change>();

  constructor(store: ArtifactStore) {
    this.#store = store;
  }

  async find(model: string, id: string): Promise<Artifact | undefined> {
    const key = keyOf(model, id);
    const change = this.#changes.get(key);
    if (change?.kind === 'put') return this.#unlessRevoked(change, toArtifact(change));
    if (change?.kind === 'destroy' || change?.kind === 'revoke-grant') return undefined;
    if (!this.#reads.has(key)) this.#remember(key, await this.#store.find(model, id));
    const read = this.#reads.get(key);
    return change?.kind === 'consume' && read !== undefined ? { ...read, consumedAt: change.at } : read;
  }

  async findByLookup(model: string, lookup: string): Promise<Artifact | undefined> {
    for (const change of this.#changes.values()) {
      if (change.kind === 'put' && change.model === model && change.lookup === lookup)
        return toArtifact(change);
    }
    const found = await this.#store.findByLookup(model, lookup);
    if (found === undefined) return undefined;
    const key = keyOf(model, found.id);
    if (!this.#reads.has(key)) this.#remember(key, found);
    return this.find(model, found.id);
  }

  /** @throws ArtifactConflictError at once for `ifAbsent`: what depends on the answer must not have happened yet */
  async put(put: Put): Promise<void> {
    const key = keyOf(put.model, put.id);
    if (put.ifAbsent === true) return commitOrThrow(this.#store, [put]);
    if (this.#changes.get(key)?.kind === 'revoke-grant')
      throw new ArtifactConflictError('revoked', put.model);
    const version = put.model in merges ? this.#reads.get(key)?.version : undefined;
    this.#changes.set(key, version === undefined ? put : { ...put, expectedVersion: version });
  }

  consume(model: string, id: string, at: number): void {
    const key = keyOf(model, id);
    if (this.#changes.has(key)) throw new ArtifactConflictError('consumed', model);
    this.#changes.set(key, { kind: 'consume', model, id, at });
  }

  destroy(model: string, id: string, options: { onlyIfPresent?: boolean } = {}): void {
    this.#changes.set(keyOf(model, id), { kind: 'destroy', model, id, ...options });
  }

  revokeGrant(id: string): void {
    this.#changes.set(keyOf(grantModel, id), { kind: 'revoke-grant', id });
  }

  /** @throws ArtifactConflictError when somebody else was first; nothing is applied then */
  async commit(): Promise<void> {
    let changes = [...this.#changes.values()];
    this.#changes.clear();
    for (let merges = 0; ; merges += 1) {
      const conflict = await this.#store.commit(changes);
      if (conflict === undefined) return;
      const change = changes[conflict.index];
      if (conflict.reason === 'stale' && change?.kind === 'put' && merges < maxMerges) {
        changes = changes.toSpliced(conflict.index, 1, ...(await this.#mergeWithCurrent(change)));
      } else {
        throw new ArtifactConflictError(conflict.reason, modelOf(change));
      }
    }
  }

  /** @returns what is still to be done: nothing, where somebody else did just the same */
  async #mergeWithCurrent(put: Put): Promise<[] | [Put]> {
    const base = this.#reads.get(keyOf(put.model, put.id));
    const current = await this.#store.find(put.model, put.id);
    const payload = base && current && merges[put.model]?.(base.payload, put.payload, current.payload);
    if (current === undefined || payload === undefined) throw new ArtifactConflictError('stale', put.model);
    if (payload === current.payload) return [];
    return [{ ...put, payload, expectedVersion: current.version }];
  }

  #remember(key: string, found: (Artifact & { grant: Artifact | undefined }) | undefined): void {
    this.#reads.set(key, found);
    const grant = found?.grant;
    if (grant !== undefined && !this.#reads.has(keyOf(grantModel, grant.id))) {
      this.#reads.set(keyOf(grantModel, grant.id), grant);
    }
  }

  #unlessRevoked(put: Put, artifact: Artifact): Artifact | undefined {
    const grant = put.grantId === undefined ? undefined : this.#changes.get(keyOf(grantModel, put.grantId));
    return grant?.kind === 'revoke-grant' ? undefined : artifact;
  }
}

function keyOf(model: string, id: string): string {
  return `${model}:${id}`;
}

function modelOf(change: Change | undefined): string {
  return change === undefined || change.kind === 'revoke-grant' ? grantModel : change.model;
}

function toArtifact(put: Put): Artifact {
  return { model: put.model, id: put.id, payload: put.payload, consumedAt: undefined, version: 'pending' };
}

async function commitOrThrow(store: ArtifactStore, changes: Change[]): Promise<void> {
  const conflict = await store.commit(changes);
  if (conflict !== undefined)
    throw new ArtifactConflictError(conflict.reason, modelOf(changes[conflict.index]));
}

const current = new AsyncLocalStorage<UnitOfWork>();

/** Runs a request's work in one unit and commits when it is done; what is thrown discards it. */
export async function runInUnitOfWork<T>(store: ArtifactStore, work: () => Promise<T>): Promise<T> {
  const unit = new UnitOfWork(store);
  const result = await current.run(unit, work);
  await unit.commit();
  return result;
}

/** Work on artifacts within the unit under way, or in one of its own outside of any. */
export async function withArtifacts<T>(
  store: ArtifactStore,
  work: (unit: UnitOfWork) => T | Promise<T>,
): Promise<T> {
  const unit = current.getStore();
  if (unit !== undefined) return work(unit);
  return runInUnitOfWork(store, async () => work(current.getStore() ?? new UnitOfWork(store)));
}
