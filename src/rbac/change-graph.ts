import { AppError } from '../kernel/index.ts';
import type { Transaction } from '../store/index.ts';

/**
 * Tells every process that roles have changed. Until the transaction ends nobody else changes any: two changes that make
 * a cycle together cannot both be found free of one.
 */
export async function countChange(transaction: Transaction): Promise<void> {
  await transaction.accessVersion.update({ where: { id: 1 }, data: { version: { increment: 1 } } });
}

interface Node {
  id: string;
  name: string;
}

/**
 * @param edges all that lead on from `next`
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
