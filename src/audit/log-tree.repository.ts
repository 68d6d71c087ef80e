import { type Clock, dateOf } from '../kernel/index.ts';
import { type Database, lockName, type Transaction } from '../store/index.ts';
import { type CheckpointSigner, signCheckpoint } from './checkpoint.ts';
import { fold, GrowingTree, leafHash, type Range, subtreesOf } from './merkle-tree.ts';

/** An event as it is hashed: everything but what is personal in the clear, which is nowhere. */
export interface EventRow {
  id: string;
  at: Date;
  type: string;
  outcome: string;
  subject: string | null;
  actorKind: string;
  actor: string | null;
  clientId: string | null;
  requestId: string | null;
  targetKind: string | null;
  targetId: string | null;
  changes: string | null;
  sealed: string;
}

export interface ExtendDeps {
  database: Database;
  clock: Clock;
  issuer: string;
  /** The key that signs now. */
  signer: () => CheckpointSigner;
  /** Keeps a checkpoint outside, so that who owns the database cannot take it back. */
  witness: (signature: string) => Promise<void>;
}

const atOnce = 1000;

/** A checkpoint is signed anew after this, so that the latest always verifies with a key that is published. */
const resignMs = 24 * 60 * 60 * 1000;

/** A number is part of what is hashed: events that change places change their hashes. */
export function hashOf(number: number, event: EventRow): Buffer {
  const { id, at, type, outcome, subject, actorKind, actor, clientId, requestId, sealed } = event;
  const { targetKind, targetId, changes } = event;
  return leafHash(
    JSON.stringify([
      number,
      id,
      at.toISOString(),
      type,
      outcome,
      subject,
      actorKind,
      actor,
      clientId,
      requestId,
      sealed,
      // Events from before there were targets keep the hashes they have.
      ...(targetKind === null && changes === null ? [] : [targetKind, targetId, changes]),
    ]),
  );
}

/**
 * Gives events that are new their numbers, and signs what the log is then. Numbers are given after the events are committed,
 * by one process at a time, so that there is no gap. To be called again and again, in every process.
 * @returns how many events were new
 */
export async function extendLog(deps: ExtendDeps): Promise<number> {
  const { database, clock, issuer, signer, witness } = deps;
  let count: number;
  let total = 0;
  do {
    const step = await database.prisma.$transaction(async transaction => {
      await lockName(transaction, 'audit log');
      const last = await transaction.auditCheckpoint.findFirst({ orderBy: { size: 'desc' } });
      const events = await pendingEvents(transaction);
      const isStale = last !== null && last.at.getTime() < clock.now() - resignMs;
      if (events.length === 0 && !isStale) return { count: 0, signature: undefined };
      const tree = new GrowingTree(Number(last?.size ?? 0), last?.frontier);
      await addLeaves(transaction, tree, events);
      const at = dateOf(clock);
      const checkpoint = { issuer, size: tree.size, root: tree.root().toString('base64url'), at };
      const signature = await signCheckpoint(signer(), checkpoint);
      const frontier = tree.frontier.map(each => Uint8Array.from(each));
      await transaction.auditCheckpoint.upsert({
        where: { size: tree.size },
        create: { size: tree.size, frontier, at, signature },
        update: { at, signature },
      });
      return { count: events.length, signature };
    });
    if (step.signature !== undefined) await witness(step.signature);
    count = step.count;
    total += count;
  } while (count === atOnce);
  return total;
}

function pendingEvents(transaction: Transaction): Promise<EventRow[]> {
  return transaction.$queryRaw<EventRow[]>`
    SELECT e.id, e.at, type, outcome, subject, actor_kind AS "actorKind", actor, client_id AS "clientId",
      request_id AS "requestId", target_kind AS "targetKind", target_id AS "targetId", changes, sealed
    FROM audit_pending p JOIN audit_event e ON e.id = p.event_id ORDER BY e.id LIMIT ${atOnce}`;
}

async function addLeaves(
  transaction: Transaction,
  tree: GrowingTree,
  events: readonly EventRow[],
): Promise<void> {
  const nodes: { level: number; number: number; hash: Uint8Array<ArrayBuffer> }[] = [];
  const leaves = events.map(event => {
    const number = tree.size;
    const hash = hashOf(number, event);
    const completed = tree.append(hash);
    nodes.push(...completed.map(node => ({ ...node, hash: Uint8Array.from(node.hash) })));
    return { number, eventId: event.id, at: event.at, hash: Uint8Array.from(hash) };
  });
  await transaction.auditLeaf.createMany({ data: leaves });
  await transaction.auditNode.createMany({ data: nodes });
  await transaction.auditPending.deleteMany({ where: { eventId: { in: events.map(({ id }) => id) } } });
}

export interface LeafRow {
  number: number;
  eventId: string;
  at: Date;
  hash: Buffer;
  /** Null where its time is over, or somebody took it. */
  event: EventRow | null;
}

/** All leaves with their events, a page at a time. */
export async function* readLeaves({ database }: Pick<ExtendDeps, 'database'>): AsyncGenerator<LeafRow[]> {
  let after = -1;
  for (;;) {
    const { rows } = await database.pool.query<Omit<LeafRow, 'number'> & { number: string }>({
      name: 'audit-leaves',
      text: `SELECT l.number, l.event_id AS "eventId", l.at, l.hash,
               CASE WHEN e.id IS NULL THEN NULL ELSE json_build_object('id', e.id, 'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                 'type', e.type, 'outcome', e.outcome, 'subject', e.subject, 'actorKind', e.actor_kind, 'actor', e.actor,
                 'clientId', e.client_id, 'requestId', e.request_id,
                 'targetKind', e.target_kind, 'targetId', e.target_id, 'changes', e.changes, 'sealed', e.sealed) END AS event
             FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id
             WHERE l.number > $1 ORDER BY l.number LIMIT 5000`,
      values: [after],
    });
    if (rows.length === 0) return;
    const leaves = rows.map(({ number, event, ...row }) => ({
      ...row,
      number: Number(number),
      event: event === null ? null : { ...event, at: new Date(event.at) },
    }));
    yield leaves;
    after = leaves.at(-1)?.number ?? after;
  }
}

export interface LeafPlace {
  number: number;
  hash: Buffer;
}

export async function findLeaf(
  { database }: Pick<ExtendDeps, 'database'>,
  eventId: string,
): Promise<LeafPlace | undefined> {
  const leaf = await database.prisma.auditLeaf.findUnique({ where: { eventId } });
  return leaf === null ? undefined : { number: Number(leaf.number), hash: Buffer.from(leaf.hash) };
}

/** The roots of ranges of leaves, each read as the few complete subtrees that it consists of. */
export async function rootsOf(
  { database }: Pick<ExtendDeps, 'database'>,
  ranges: readonly Range[],
): Promise<Buffer[]> {
  const wanted = ranges.map(subtreesOf);
  const all = wanted.flat();
  const { rows } = await database.pool.query<{ level: number; number: string; hash: Buffer }>({
    name: 'audit-nodes',
    text: `SELECT w.level, w.number, coalesce(l.hash, n.hash) AS hash
           FROM unnest($1::int[], $2::bigint[]) AS w(level, number)
           LEFT JOIN audit_leaf l ON w.level = 0 AND l.number = w.number
           LEFT JOIN audit_node n ON n.level = w.level AND n.number = w.number`,
    values: [all.map(({ level }) => level), all.map(({ number }) => number)],
  });
  const found = new Map(rows.map(({ level, number, hash }) => [`${level} ${number}`, hash]));
  return wanted.map(subtrees =>
    fold(
      subtrees.map(({ level, number }) => {
        const hash = found.get(`${level} ${number}`);
        if (hash === undefined) throw new Error('the log has a hole: see audit verify');
        return hash;
      }),
    ),
  );
}

/** The latest. @returns undefined before the first event */
export async function latestCheckpoint({ database }: Pick<ExtendDeps, 'database'>) {
  const row = await database.prisma.auditCheckpoint.findFirst({ orderBy: { size: 'desc' } });
  return row === null ? undefined : { size: Number(row.size), signature: row.signature };
}

/** Every checkpoint, the smallest first. */
export async function listCheckpoints({ database }: Pick<ExtendDeps, 'database'>) {
  const rows = await database.prisma.auditCheckpoint.findMany({ orderBy: { size: 'asc' } });
  return rows.map(({ size, signature }) => ({ size: Number(size), signature }));
}

/** Events that have no number, and are not waiting for one: whoever added them went past the trigger. */
export async function strayEvents({ database }: Pick<ExtendDeps, 'database'>): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>({
    text: `SELECT e.id FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id LEFT JOIN audit_pending p ON p.event_id = e.id
           WHERE l.event_id IS NULL AND p.event_id IS NULL ORDER BY e.id LIMIT 100`,
  });
  return rows.map(({ id }) => id);
}
