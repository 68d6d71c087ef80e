import { type Clock, nobody } from '../kernel/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import type { EventTypeName } from './event-types.ts';
import { subjectOf } from './subjects.repository.ts';

/** An event as its owner and an auditor see it. */
export interface RecordedEvent {
  id: string;
  at: Date;
  type: EventTypeName;
  outcome: 'success' | 'failure';
  actorKind: string;
  clientId: string | undefined;
  details: Readonly<Record<string, string>>;
  /** From where, as far as it came in a request. */
  address: string | undefined;
  userAgent: string | undefined;
}

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
}

export function auditRepository({ database, clock, sealer }: Deps) {
  return {
    /**
     * What happened to an account, the latest first.
     * @param before the id of an event: those older than it
     */
    async listOf(
      accountId: string,
      { since, before, limit }: { since: Date; before?: string | undefined; limit: number },
    ): Promise<RecordedEvent[]> {
      const subject = await database.prisma.$transaction(transaction =>
        subjectOf(transaction, sealer, accountId),
      );
      if (subject === undefined) return [];
      const rows = await database.prisma.auditEvent.findMany({
        where: {
          subject: subject.reference,
          at: { gte: since },
          ...(before === undefined ? {} : { id: { lt: before } }),
        },
        // Ids are by time.
        orderBy: { id: 'desc' },
        take: limit,
      });
      return Promise.all(
        rows.map(async ({ id, at, type, outcome, actorKind, clientId, sealed }) => {
          const personal = JSON.parse(await subject.sealer.open(sealed, id)) as Record<string, string>;
          const { address, userAgent, ...details } = personal;
          return {
            id,
            at,
            type: type as EventTypeName,
            outcome: outcome as RecordedEvent['outcome'],
            actorKind,
            clientId: clientId ?? undefined,
            details,
            address,
            userAgent,
          };
        }),
      );
    },

    /** @param keptMs how long an event is kept */
    async removeOld(keptMs: number): Promise<void> {
      await database.pool.query({
        text: 'DELETE FROM audit_event WHERE at < $1',
        values: [new Date(clock.now() - keptMs)],
      });
    },
  };
}

/** Which events an auditor wants to see. */
export interface EventFilter {
  limit: number;
  /** The id of an event: those older than it. */
  before: string | undefined;
  type: string | undefined;
  outcome: string | undefined;
  /** All about this account, as long as it exists. */
  accountId: string | undefined;
  subject: string | undefined;
  since: Date | undefined;
  until: Date | undefined;
}

/** Events without what is personal in them, the latest first. */
export async function findEvents(
  { database }: Pick<Deps, 'database'>,
  { limit, before, type, outcome, accountId, subject, since, until }: EventFilter,
) {
  const own =
    accountId === undefined
      ? null
      : await database.prisma.auditSubject.findUnique({ where: { accountId }, select: { reference: true } });
  // Nobody's: an account that there is not has no events, and not those of all others.
  const subjects = [subject, ...(accountId === undefined ? [] : [own?.reference ?? nobody])];
  return database.prisma.auditEvent.findMany({
    where: {
      AND: subjects.filter(each => each !== undefined).map(each => ({ subject: each })),
      at: { ...(since === undefined ? {} : { gte: since }), ...(until === undefined ? {} : { lt: until }) },
      ...(type === undefined ? {} : { type }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(before === undefined ? {} : { id: { lt: before } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
    omit: { sealed: true },
  });
}
