import { recordEvent } from '../audit/index.ts';
import { type Clock, dateOf } from '../kernel/index.ts';
import type { Database, Sealer, Transaction } from '../store/index.ts';

/** What people have to agree to, as it is now. */
export interface LegalDocument {
  name: string;
  version: string;
  /** Language to text: the first line is the title. */
  texts: Readonly<Record<string, string>>;
}

interface Deps {
  database: Database;
  clock: Clock;
  sealer: Sealer;
  current: readonly LegalDocument[];
}

export type Documents = ReturnType<typeof documentsOf>;

export function documentsOf({ database, clock, sealer, current }: Deps) {
  return {
    current,

    /** So that what people agreed to is there when the folder has another. */
    async remember(): Promise<void> {
      const since = dateOf(clock);
      await database.prisma.documentVersion.createMany({
        data: current.map(({ name, version, texts }) => ({ name, version, texts: { ...texts }, since })),
        skipDuplicates: true,
      });
    },

    /** Those that somebody has not agreed to as they are now. */
    async missing(accountId: string): Promise<LegalDocument[]> {
      if (current.length === 0) return [];
      const { rows } = await database.pool.query<{ version: string }>({
        name: 'documents-accepted',
        text: `SELECT version FROM document_acceptance WHERE account_id = $1 AND version = ANY($2)`,
        values: [accountId, current.map(({ version }) => version)],
      });
      const accepted = new Set(rows.map(({ version }) => version));
      return current.filter(({ version }) => !accepted.has(version));
    },

    /** Whether somebody agreed to one of these, as it was before. */
    async hasAgreedBefore(accountId: string, documents: readonly LegalDocument[]): Promise<boolean> {
      const name = { in: documents.map(document => document.name) };
      return (await database.prisma.documentAcceptance.count({ where: { accountId, name } })) > 0;
    },

    /** @param versions that were shown: what has another by now was not agreed to */
    async accept(
      transaction: Transaction,
      { accountId, versions, locale }: { accountId: string; versions: readonly string[]; locale: string },
    ): Promise<void> {
      const acceptedAt = dateOf(clock);
      for (const { name, version } of current.filter(each => versions.includes(each.version))) {
        const { count } = await transaction.documentAcceptance.createMany({
          data: [{ accountId, name, version, locale, acceptedAt }],
          skipDuplicates: true,
        });
        if (count === 0) continue;
        const event = { type: 'document.accepted', accountId, details: { document: name, version } } as const;
        await recordEvent(transaction, { clock, sealer }, event);
      }
    },
  };
}

export interface Reading {
  title: string;
  paragraphs: string[];
  language: string;
}

/** In the language of the reader, otherwise in English, otherwise in the first there is. */
export function readingOf({ texts }: Pick<LegalDocument, 'texts'>, locale: string): Reading {
  const language = [locale, 'en', ...Object.keys(texts)].find(each => texts[each] !== undefined) ?? 'en';
  const [title = '', ...paragraphs] = (texts[language] ?? '').split(/\n{2,}/);
  return { title, paragraphs, language };
}
