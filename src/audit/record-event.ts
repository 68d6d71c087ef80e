import { type Clock, dateOf, newId, nobody } from '../kernel/index.ts';
import { currentRequest } from '../log/index.ts';
import type { Sealer, Transaction } from '../store/index.ts';
import { type ChangeTypeName, type DetailsOf, type EventTypeName, outcomeOf } from './event-types.ts';
import { subjectOf, subjectOfNobody } from './subjects.repository.ts';

/** Who did it. */
export type Actor =
  /** The person whose account it is. */
  | { kind: 'account' }
  /** Another person, who may. */
  | { kind: 'administrator'; accountId: string }
  | { kind: 'client'; clientId: string }
  /** Whoever may use the command line of this Gatehouse. */
  | { kind: 'operator' }
  /** Work that was due. */
  | { kind: 'system' }
  /** Who has not proved to be anybody. */
  | { kind: 'anyone' };

export type NewEvent<Type extends EventTypeName> = {
  type: Type;
  /** Whom it is about. Undefined where somebody tried in vain to be somebody who does not exist. */
  accountId: string | undefined;
  /** The account itself, unless said otherwise. */
  actor?: Actor;
  /** The app it came about in. */
  clientId?: string | undefined;
  /** What was changed, where that is not the account itself. */
  target?: { kind: string; id: string };
  /** What that was and is: nothing personal, nothing secret. It stays readable when accounts are erased. */
  changes?: { before: unknown; after: unknown };
} & DetailsOf<Type>;

/**
 * Writes down that something happened, in the transaction in which it does: neither is there without the other. From
 * where is taken from the request under way. An event about nobody takes the same steps as one about somebody.
 */
export async function recordEvent<Type extends EventTypeName>(
  transaction: Transaction,
  { clock, sealer }: { clock: Clock; sealer: Sealer },
  { type, accountId, actor = { kind: 'account' }, clientId, target, changes, details }: NewEvent<Type>,
): Promise<void> {
  const id = newId();
  const subject = await subjectOf(transaction, sealer, accountId ?? nobody);
  const { requestId, address, userAgent } = currentRequest() ?? {};
  const personal = JSON.stringify({ ...details, ...nonEmpty({ address, userAgent }) });
  await transaction.auditEvent.create({
    data: {
      id,
      at: dateOf(clock),
      type,
      outcome: outcomeOf(type),
      subject: subject?.reference ?? null,
      actorKind: actor.kind,
      actor: await actorOf(transaction, sealer, actor, subject?.reference),
      clientId: clientId ?? null,
      requestId: requestId ?? null,
      targetKind: target?.kind ?? null,
      targetId: target?.id ?? null,
      changes: changes === undefined ? null : JSON.stringify(changes),
      sealed: await (subject?.sealer ?? subjectOfNobody()).seal(personal, id),
    },
    select: { id: true },
  });
}

export interface Change {
  type: ChangeTypeName;
  actor: Actor;
  target: { kind: string; id: string };
  before: unknown;
  after: unknown;
}

/** As recordEvent, for what is about no account. */
export function recordChange(
  transaction: Transaction,
  deps: { clock: Clock; sealer: Sealer },
  { type, actor, target, before, after }: Change,
): Promise<void> {
  const changes = { before, after };
  return recordEvent(transaction, deps, { type, accountId: undefined, actor, target, changes });
}

async function actorOf(
  transaction: Transaction,
  sealer: Sealer,
  actor: Actor,
  own: string | undefined,
): Promise<string | null> {
  if (actor.kind === 'account') return own ?? null;
  if (actor.kind === 'client') return actor.clientId;
  if (actor.kind !== 'administrator') return null;
  return (await subjectOf(transaction, sealer, actor.accountId))?.reference ?? null;
}

function nonEmpty(given: { address: string | undefined; userAgent: string | undefined }) {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value.slice(0, 300)]],
    ),
  );
}
