import { AppError } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { findLeaf, latestCheckpoint, rootsOf } from './log-tree.repository.ts';
import { consistencyPath, inclusionPath } from './merkle-tree.ts';

interface Deps {
  database: Database;
}

/** Shows that an event is in the log of a checkpoint (RFC 9162 section 2.1.3). All hashes are base64url. */
export interface InclusionProof {
  /** Of the event, from 0 on. */
  number: number;
  /** Of the tree. */
  size: number;
  leafHash: string;
  path: string[];
  /** Signed: the root that the path leads to. */
  checkpoint: string;
}

/** @throws AppError `not_found` for an event that there never was, or that has no number yet */
export async function proveInclusion(deps: Deps, eventId: string): Promise<InclusionProof> {
  const [leaf, latest] = await Promise.all([findLeaf(deps, eventId), latestCheckpoint(deps)]);
  if (leaf === undefined || latest === undefined || leaf.number >= latest.size) {
    throw new AppError(
      'not_found',
      'There is no such event in the log, or not yet: try again in some seconds.',
    );
  }
  const { size, signature } = latest;
  const path = await rootsOf(deps, inclusionPath(leaf.number, { start: 0, end: size }));
  return {
    number: leaf.number,
    size,
    leafHash: leaf.hash.toString('base64url'),
    path: path.map(encode),
    checkpoint: signature,
  };
}

/** Shows that a log has only grown (RFC 9162 section 2.1.4). */
export interface ConsistencyProof {
  first: number;
  second: number;
  path: string[];
  /** Signed: of the second size. */
  checkpoint: string;
}

/**
 * From a size that somebody kept a checkpoint of to the latest.
 * @throws AppError `not_found` for a size that the log never had
 */
export async function proveConsistency(deps: Deps, first: number): Promise<ConsistencyProof> {
  const latest = await latestCheckpoint(deps);
  if (latest === undefined || first > latest.size || first === 0) {
    throw new AppError('not_found', `The log has never had ${first} events.`);
  }
  const path = await rootsOf(deps, consistencyPath(first, latest.size));
  return { first, second: latest.size, path: path.map(encode), checkpoint: latest.signature };
}

function encode(hash: Buffer): string {
  return hash.toString('base64url');
}
