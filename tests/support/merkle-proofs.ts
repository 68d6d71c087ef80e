import { createHash } from 'node:crypto';

/** The other side of the proofs, step by step as RFC 9162 says it. All hashes are base64url. */

const node = (left: Buffer, right: Buffer) =>
  createHash('sha256')
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
const bytes = (text: string) => Buffer.from(text, 'base64url');

/** Section 2.1.3.2. @returns the root that the path leads to; undefined for a path that cannot be one */
export function rootByInclusion(proof: {
  number: number;
  size: number;
  leaf_hash: string;
  path: readonly string[];
}): string | undefined {
  if (proof.number >= proof.size) return undefined;
  let [fn, sn] = [proof.number, proof.size - 1];
  let r = bytes(proof.leaf_hash);
  for (const step of proof.path) {
    if (sn === 0) return undefined;
    const p = bytes(step);
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else r = node(r, p);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? r.toString('base64url') : undefined;
}

/** Section 2.1.4.2. */
export function isConsistent(
  { first, second, path }: { first: number; second: number; path: readonly string[] },
  roots: { first: string; second: string },
): boolean {
  if (first === second) return path.length === 0 && roots.first === roots.second;
  const isPower = Number.isInteger(Math.log2(first));
  const [start, ...rest] = isPower ? [roots.first, ...path] : path;
  if (start === undefined) return false;
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [bytes(start), bytes(start)];
  for (const step of rest) {
    if (sn === 0) return false;
    const c = bytes(step);
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(c, fr), node(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = node(sr, c);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(bytes(roots.first)) && sr.equals(bytes(roots.second));
}
