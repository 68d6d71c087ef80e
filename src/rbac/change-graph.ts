import { AppError } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';

/**
 * Tells every process that roles have changed. Until the transaction ends nobody else changes any: two changes that make
 * a cycle together cannot both be found free of one.
 */
export async function countChange(transaction: Transaction): Promise<void> {
  await transaction.accessVersion.update({ where: { id: 1 }, data: { version: { increment: 1 } } });
}

/** @throws AppError `precondition_failed` where others have changed it since whoever changes it now has read it */
export function refuseStale(stored: { version: number }, version: number): void {
  if (stored.version === version) return;
  throw new AppError('precondition_failed', 'It has changed since you read it. Read it again.');
}

interface Node {
  id: string;
  name: string;
}

/** @throws AppError `conflict` where `taken` is another than the one that wants the name */
export function refuseTaken(what: string, taken: Node | null, id?: string): void {
  if (taken === null || taken.id === id) return;
  throw new AppError('conflict', `There is a ${what} "${taken.name}" already.`);
}

/**
 * @param edges all that lead on from `next`, but those of `start`, which are being replaced
 * @throws AppError `conflict`, with the way round, where one of `next` leads back to `start`
 */
export function refuseCycle(
  start: Node,
  next: readonly Node[],
  edges: readonly { from: string; to: Node }[],
): void {
  const leadTo = Map.groupBy(edges, ({ from }) => from);
  const seen = new Set<string>();
  const waiting = next.map(node => ({ node, way: [node.name] }));
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const { node, way } = at;
    if (node.id === start.id) {
      throw new AppError('conflict', `That would be a cycle: ${[start.name, ...way].join(' → ')}.`);
    }
    if (seen.has(node.id)) continue;
    seen.add(node.id);
    for (const { to } of leadTo.get(node.id) ?? []) waiting.push({ node: to, way: [...way, to.name] });
  }
}
