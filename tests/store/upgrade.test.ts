import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { migrate } from '../../src/store/index.ts';
import { emptyDatabase, freshDatabase, runSql, selectRows, tempFolder } from '../support/services.ts';

const folder = 'prisma/migrations';
const names = readdirSync(folder)
  .filter(name => /^\d/.test(name))
  .toSorted();

/** Tables, columns, indexes, constraints and functions, in words that can be compared. */
async function shapeOf(url: string): Promise<unknown> {
  const columns = `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_prisma%' ORDER BY 1, 2`;
  const indexes = `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_prisma%' ORDER BY 1`;
  const functions = `SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`;
  return Promise.all([selectRows(url, columns), selectRows(url, indexes), selectRows(url, functions)]);
}

test.each(names.slice(0, -1))(
  'a database as of %s becomes the same as a new one, and keeps what is in it',
  async last => {
    const older = tempFolder();
    for (const name of names.slice(0, names.indexOf(last) + 1)) {
      cpSync(join(folder, name), join(older, name), { recursive: true });
    }
    const database = await emptyDatabase();
    await migrate({ url: database.url, folder: older, clock: systemClock });
    await runSql(
      database.url,
      `INSERT INTO account (id, email, email_key, created_at, updated_at)
       VALUES ('019dba41-6c4e-7c3f-9a52-1f0f5a2d9b11', 'Ada@example.com', 'ada@example.com', now(), now());
     INSERT INTO password_credential (account_id, hash, changed_at)
       VALUES ('019dba41-6c4e-7c3f-9a52-1f0f5a2d9b11', '$argon2id$kept', now());
     INSERT INTO client (id, metadata, created_at, updated_at) VALUES ('kept', '{"client_id":"kept"}', now(), now());`,
    );

    expect(await migrate({ url: database.url, folder, clock: systemClock })).toEqual(
      names.slice(names.indexOf(last) + 1),
    );
    const fresh = await freshDatabase();
    expect(await shapeOf(database.url)).toEqual(await shapeOf(fresh.url));
    const kept = `SELECT email, status, hash, c.metadata FROM account JOIN password_credential ON account_id = account.id, client c`;
    expect(await selectRows(database.url, kept)).toEqual([
      { email: 'Ada@example.com', status: 'active', hash: '$argon2id$kept', metadata: { client_id: 'kept' } },
    ]);
    await fresh.drop();
    await database.drop();
  },
);
