import { createHash } from 'node:crypto';

/** RFC 9162 section 2.1.1: what is hashed as a leaf can never be passed off as a node. */
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

export function leafHash(data: string): Buffer {
  return createHash('sha256').update(leafPrefix).update(data).digest();
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** The root of 2^level leaves, the `number`-th from the left. Level 0 are the leaves. */
export interface SubtreeRoot {
  level: number;
  number: number;
}

/**
 * A Merkle tree that only grows, of which no more is kept than the roots of its complete subtrees: one for each bit of its
 * size, the largest first.
 */
export class GrowingTree {
  #size: number;
  readonly #roots: Uint8Array[];

  /** @param frontier as it was when the tree had this size */
  constructor(size = 0, frontier: readonly Uint8Array[] = []) {
    this.#size = size;
    this.#roots = [...frontier];
  }

  get size(): number {
    return this.#size;
  }

  get frontier(): readonly Uint8Array[] {
    return this.#roots;
  }

  /** @returns the subtrees that this leaf completes, the smallest first */
  append(leaf: Uint8Array): (SubtreeRoot & { hash: Buffer })[] {
    const completed: (SubtreeRoot & { hash: Buffer })[] = [];
    let root = leaf;
    // Every low bit that is set is a complete subtree that the new one completes.
    for (let bits = this.#size; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      const left = this.#roots.pop();
      if (left === undefined) throw new Error('the frontier does not belong to this size');
      const hash = nodeHash(left, root);
      completed.push({ level: completed.length + 1, number: Math.floor(bits / 2), hash });
      root = hash;
    }
    this.#roots.push(root);
    this.#size += 1;
    return completed;
  }

  /** The Merkle Tree Hash of all leaves so far. */
  root(): Buffer {
    return fold(this.#roots);
  }
}

/** Leaves from `start` up to, and without, `end`. */
export interface Range {
  start: number;
  end: number;
}

/** What an inclusion proof consists of, from the leaf upwards (RFC 9162 section 2.1.3.1). */
export function inclusionPath(leaf: number, { start, end }: Range): Range[] {
  if (end - start === 1) return [];
  const middle = start + largestPowerBelow(end - start);
  return leaf < middle
    ? [...inclusionPath(leaf, { start, end: middle }), { start: middle, end }]
    : [...inclusionPath(leaf, { start: middle, end }), { start, end: middle }];
}

/** What a consistency proof between two sizes consists of (RFC 9162 section 2.1.4.1). */
export function consistencyPath(first: number, second: number): Range[] {
  const subproof = (size: number, { start, end }: Range, isWhole: boolean): Range[] => {
    if (size === end - start) return isWhole ? [] : [{ start, end }];
    const half = largestPowerBelow(end - start);
    const middle = start + half;
    return size <= half
      ? [...subproof(size, { start, end: middle }, isWhole), { start: middle, end }]
      : [...subproof(size - half, { start: middle, end }, false), { start, end: middle }];
  };
  return subproof(first, { start: 0, end: second }, true);
}

/** The complete subtrees that a range of a path consists of, from the left. */
export function subtreesOf({ start, end }: Range): SubtreeRoot[] {
  const subtrees: SubtreeRoot[] = [];
  for (let at = start; at < end; ) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= end) level += 1;
    subtrees.push({ level, number: at / 2 ** level });
    at += 2 ** level;
  }
  return subtrees;
}

/** The root over complete subtrees, the leftmost first. */
export function fold(roots: readonly Uint8Array[]): Buffer {
  const [last, ...others] = roots.toReversed();
  if (last === undefined) return createHash('sha256').digest();
  return Buffer.from(others.reduce((right, left) => nodeHash(left, right), last));
}

function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}
