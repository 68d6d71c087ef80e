import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { hashOf, listCheckpoints, readLeaves, strayEvents } from './log-tree.repository.ts';
import { GrowingTree } from './merkle-tree.ts';

export interface VerifyDeps {
  database: Database;
  clock: Clock;
  /** Whether a key of ours signed this. */
  isSigned(signature: string): Promise<boolean>;
}

export interface VerifyInput {
  /** Checkpoints that somebody outside has kept. */
  witnessed: readonly string[];
  /** For how long an event is kept, in milliseconds. */
  keptMs: number;
}

export interface Verified {
  /** Events that ever had a number. */
  size: number;
  /** Merkle Tree Hash of all of them, base64url. */
  root: string;
  /** A sentence each; none where nothing was changed. */
  problems: string[];
}

/** Jobs run once in a while: what is over may be there a little longer, or be gone already. */
const toleranceMs = 2 * 60 * 60 * 1000;

/**
 * Reads the whole log, and compares every event with its leaf, the leaves with every checkpoint, and the checkpoints with
 * those that a witness has kept. Needs nothing but the database and the keys.
 */
export async function verifyLog(deps: VerifyDeps, { witnessed, keptMs }: VerifyInput): Promise<Verified> {
  const problems: string[] = [];
  const checkpoints = await listCheckpoints(deps);
  const expected = new Map(
    [...checkpoints.map(({ signature }) => signature), ...witnessed].map(signature => {
      const { size, root } = readCheckpoint(signature);
      return [`${size} ${root}`, { size, root }] as const;
    }),
  );
  const rootAt = new Map<number, string>([...expected.values()].map(({ size }) => [size, '']));
  const tree = new GrowingTree();
  const oldest = deps.clock.now() - keptMs + toleranceMs;
  for await (const leaves of readLeaves(deps)) {
    for (const { number, event, eventId, at, hash } of leaves) {
      if (number !== tree.size) {
        problems.push(`The numbers ${tree.size} to ${number - 1} are missing.`);
        return { size: tree.size, root: tree.root().toString('base64url'), problems };
      }
      const isChanged = event !== null && !hashOf(number, event).equals(hash);
      if (isChanged) problems.push(`Event ${eventId} (number ${number}) was changed.`);
      if (event === null && at.getTime() > oldest) {
        problems.push(`Event ${eventId} (number ${number}) was removed before its time.`);
      }
      tree.append(hash);
      if (rootAt.has(tree.size)) rootAt.set(tree.size, tree.root().toString('base64url'));
    }
  }
  for (const { size, root } of expected.values()) {
    if (size > tree.size) {
      problems.push(
        `The newest ${size - tree.size} events are gone: a checkpoint knows ${size}, the log ends at ${tree.size}.`,
      );
    } else if (rootAt.get(size) !== root) {
      problems.push(`The first ${size} events are not those of the checkpoint.`);
    }
  }
  for (const id of await strayEvents(deps)) problems.push(`Event ${id} is in the trail and not in the log.`);
  const latest = checkpoints.at(-1);
  if (latest !== undefined && !(await deps.isSigned(latest.signature))) {
    problems.push(
      `The latest checkpoint, of ${latest.size} events, is not signed by a key of this Gatehouse.`,
    );
  }
  return { size: tree.size, root: tree.root().toString('base64url'), problems };
}
