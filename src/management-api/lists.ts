import { z } from 'zod';
import { isId } from '../kernel/index.ts';

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .refine(isId, { error: 'must be a next_cursor of an answer' })
    .optional()
    .meta({ description: '`next_cursor` of the answer before.' }),
};

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.uuid().nullable() });
}

export interface Page {
  /** The id of the last one before. */
  after: string | undefined;
  limit: number;
}

/** One more is read than is shown: that it is there says that there is more. */
export async function readPage<Row extends { id: string }, Shown>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (page: Page) => Promise<Row[]>,
  show: (row: Row) => Shown,
): Promise<{ data: Shown[]; next_cursor: string | null }> {
  const rows = await read({ after: cursor, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return { data: page.map(show), next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
