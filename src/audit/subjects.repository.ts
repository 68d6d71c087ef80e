import { randomBytes, randomUUID } from 'node:crypto';
import { nobody } from '../kernel/index.ts';
import { createSealer, type Database, type Sealer, type Transaction } from '../store/index.ts';

/** Whom events are about: a name that means nothing elsewhere, and what seals and opens them. */
export interface Subject {
  reference: string;
  sealer: Sealer;
}

interface Row {
  reference: string;
  sealedKey: string;
}

/** The subject of an account, made when it is needed first. Undefined where there is no such account: for `nobody` it is looked up too. */
export async function subjectOf(
  transaction: Transaction,
  sealer: Sealer,
  accountId: string,
): Promise<Subject | undefined> {
  const [known] = await transaction.$queryRaw<Row[]>`
    SELECT reference, sealed_key AS "sealedKey" FROM audit_subject WHERE account_id = ${accountId}::uuid`;
  if (known !== undefined) return open(sealer, known);
  if (accountId === nobody) return undefined;
  // Apart from the account in every respect: an id by time would join the two again.
  const reference = randomUUID();
  const sealedKey = await sealer.seal(randomBytes(32).toString('base64url'), bindingOf(reference));
  const [made] = await transaction.$queryRaw<Row[]>`
    INSERT INTO audit_subject (account_id, reference, sealed_key)
    SELECT id, ${reference}::uuid, ${sealedKey} FROM account WHERE id = ${accountId}::uuid
    ON CONFLICT (account_id) DO UPDATE SET account_id = excluded.account_id
    RETURNING reference, sealed_key AS "sealedKey"`;
  return made === undefined ? undefined : open(sealer, made);
}

/** For an event about nobody: its key is gone as soon as it is written. */
export function subjectOfNobody(): Sealer {
  return createSealer([{ id: 'subject', bytes: randomBytes(32) }]);
}

async function open(sealer: Sealer, { reference, sealedKey }: Row): Promise<Subject> {
  const key = await sealer.open(sealedKey, bindingOf(reference));
  return {
    reference,
    sealer: createSealer([{ id: 'subject', bytes: Buffer.from(key, 'base64url') }]),
  };
}

/** Seals every key again with the first key of the ring, so that the others can leave it. @returns how many */
export async function resealSubjects({
  database,
  sealer,
}: {
  database: Database;
  sealer: Sealer;
}): Promise<number> {
  const { auditSubject } = database.prisma;
  let count = 0;
  let after = '';
  for (;;) {
    const rows = await auditSubject.findMany({
      where: after === '' ? {} : { reference: { gt: after } },
      orderBy: { reference: 'asc' },
      take: 1000,
    });
    for (const { reference, sealedKey } of rows) {
      if (sealer.isCurrent(sealedKey)) continue;
      const key = await sealer.open(sealedKey, bindingOf(reference));
      const changed = await auditSubject.updateMany({
        where: { reference, sealedKey },
        data: { sealedKey: await sealer.seal(key, bindingOf(reference)) },
      });
      count += changed.count;
    }
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = last.reference;
  }
}

function bindingOf(reference: string): string {
  return `audit_subject/${reference}`;
}
