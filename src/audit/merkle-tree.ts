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

  append(leaf: Uint8Array): void {
    let root = leaf;
    // Every low bit that is set is a complete subtree that the new one completes.
    for (let bits = this.#size; bits % 2 === 1; bits = Math.floor(bits / 2)) {
      const left = this.#roots.pop();
      if (left === undefined) throw new Error('the frontier does not belong to this size');
      root = nodeHash(left, root);
    }
    this.#roots.push(root);
    this.#size += 1;
  }

  /** The Merkle Tree Hash of all leaves so far. */
  root(): Buffer {
    const [last, ...others] = this.#roots.toReversed();
    if (last === undefined) return createHash('sha256').digest();
    return Buffer.from(others.reduce((right, left) => nodeHash(left, right), last));
  }
}
