import { recordEvent } from '../audit/index.ts';
import { dateOf, isId, newId } from '../kernel/index.ts';
import type { Outbox } from '../mail/index.ts';
import { lockName } from '../store/index.ts';
import { type CollectDeps, collectCopy } from './collect-copy.ts';
import { type Copy, copySchema } from './copy-schema.ts';

export interface ExportDeps extends CollectDeps {
  outbox: Outbox;
}

/** A copy that somebody asked for. */
export interface DataExport {
  id: string;
  requestedAt: Date;
  isReady: boolean;
  expiresAt: Date;
}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

export interface ExportPolicy {
  /** How long a copy is kept: long enough to come back for it, and no longer than needed, since it is everything at once. */
  days: number;
  /** How soon somebody may ask again; until then they are shown the one there is. */
  everyHours: number;
}

/** Longer than one takes. Whoever died over it is taken over from after this. */
const claimMs = 5 * 60 * 1000;

const atOnce = 4;

/** Of any number of wishes at once, one counts. @returns whether this one did */
export async function requestExport(
  deps: ExportDeps & { exportPolicy: ExportPolicy },
  { accountId, locale }: { accountId: string; locale: string },
): Promise<boolean> {
  const { database, clock, exportPolicy } = deps;
  return database.prisma.$transaction(async transaction => {
    await lockName(transaction, `export of ${accountId}`);
    const since = new Date(clock.now() - exportPolicy.everyHours * hourMs);
    if ((await transaction.dataExport.count({ where: { accountId, requestedAt: { gt: since } } })) > 0)
      return false;
    await transaction.dataExport.create({
      data: {
        id: newId(),
        accountId,
        locale,
        requestedAt: dateOf(clock),
        expiresAt: new Date(clock.now() + exportPolicy.days * dayMs),
      },
    });
    await recordEvent(transaction, deps, { type: 'export.requested', accountId });
    return true;
  });
}

/** Those that can still be read or are being made, the latest first. */
export async function listExports(
  { database, clock }: Pick<ExportDeps, 'database' | 'clock'>,
  accountId: string,
): Promise<DataExport[]> {
  const rows = await database.prisma.dataExport.findMany({
    where: { accountId, expiresAt: { gt: dateOf(clock) } },
    orderBy: { requestedAt: 'desc' },
    select: { id: true, requestedAt: true, readyAt: true, expiresAt: true },
  });
  return rows.map(({ readyAt, ...row }) => ({ ...row, isReady: readyAt !== null }));
}

/** Everything at once is worth a line in the activity. @returns undefined where there is no such copy of this account's */
export async function readExport(
  deps: ExportDeps,
  { id, accountId }: { id: string; accountId: string },
): Promise<Copy | undefined> {
  const { database, clock, sealer } = deps;
  if (!isId(id)) return undefined;
  const where = { id, accountId, expiresAt: { gt: dateOf(clock) } };
  const row = await database.prisma.dataExport.findFirst({ where });
  if (row?.sealed === null || row?.sealed === undefined) return undefined;
  const copy = copySchema.parse(JSON.parse(await sealer.open(row.sealed, bindingOf(id))));
  await database.prisma.$transaction(transaction =>
    recordEvent(transaction, deps, { type: 'export.read', accountId }),
  );
  return copy;
}

/**
 * Makes the copies that were asked for, and tells their owners. Each is taken by one process; whoever dies over it is taken
 * over from. @returns how many
 */
export async function buildExports(deps: ExportDeps): Promise<number> {
  const now = deps.clock.now();
  const { rows } = await deps.database.pool.query<{ id: string; accountId: string; locale: string }>({
    name: 'exports-claim',
    text: `UPDATE data_export SET claimed_at = $1 WHERE id IN (
             SELECT id FROM data_export WHERE ready_at IS NULL AND (claimed_at IS NULL OR claimed_at < $2)
             ORDER BY requested_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
           RETURNING id, account_id AS "accountId", locale`,
    values: [new Date(now), new Date(now - claimMs)],
  });
  for (const row of rows) await build(deps, row);
  return rows.length;
}

async function build(
  deps: ExportDeps,
  { id, accountId, locale }: { id: string; accountId: string; locale: string },
): Promise<void> {
  const copy = JSON.stringify(copySchema.parse(await collectCopy(deps, accountId)));
  const sealed = await deps.sealer.seal(copy, bindingOf(id));
  await deps.database.prisma.$transaction(async transaction => {
    const { count } = await transaction.dataExport.updateMany({
      where: { id, readyAt: null },
      data: { sealed, readyAt: dateOf(deps.clock) },
    });
    if (count === 0) return;
    const { email } = await transaction.account.findUniqueOrThrow({ where: { id: accountId } });
    // To the page, where one has to sign in: a mail is read by others too.
    const url = `${deps.issuer}/account/export`;
    await deps.outbox.add(transaction, { to: email, accountId, locale }, 'export-ready', { url });
  });
  deps.outbox.soon();
}

export async function removeOldExports({
  database,
  clock,
}: Pick<ExportDeps, 'database' | 'clock'>): Promise<void> {
  await database.prisma.dataExport.deleteMany({ where: { expiresAt: { lt: dateOf(clock) } } });
}

function bindingOf(id: string): string {
  return `data-export/${id}`;
}
