import { expect, inject, test } from 'vitest';
import { migrationHistory, schemaDiff, schemaFiles } from '../../scripts/schema-diff.ts';
import { emptyDatabase, freshDatabase, runSql, selectRows } from '../support/services.ts';

/** Everything Prisma knows of a database: columns, indexes, constraints. One line each. */
async function describeTables(url: string): Promise<string[]> {
  const rows = await selectRows<{ line: string }>(
    url,
    `SELECT concat_ws(' ', table_name, column_name, udt_name, datetime_precision, is_nullable, column_default) AS line
       FROM information_schema.columns WHERE table_schema = 'public'
     UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     ORDER BY 1`,
  );
  return rows.map(({ line }) => line).filter(line => !line.includes('_prisma_migrations'));
}

test('the migrations build what prisma/schema describes', async () => {
  const [migrated, described] = await Promise.all([freshDatabase(), emptyDatabase()]);
  await runSql(described.url, await schemaDiff(inject('postgresUrl'), [], schemaFiles()));
  const expected = await describeTables(described.url);
  expect(expected.length).toBeGreaterThan(20);
  expect(await describeTables(migrated.url)).toEqual(expected);

  await runSql(migrated.url, 'ALTER TABLE account ADD COLUMN planted text');
  const planted = (await describeTables(migrated.url)).filter(line => !expected.includes(line));
  expect(planted).toEqual(['account planted text YES']);
  await Promise.all([migrated.drop(), described.drop()]);
});

test('the engine finds a column that the schema gained', async () => {
  const before = schemaFiles();
  const after = before.map(file => ({
    ...file,
    content: file.content.replace('model Account {', 'model Account {\n  planted String?'),
  }));
  expect(await schemaDiff(inject('postgresUrl'), before, before)).toBe('');
  expect(await schemaDiff(inject('postgresUrl'), before, after)).toContain(
    'ALTER TABLE "account" ADD COLUMN     "planted" TEXT',
  );
});

test('Prisma takes a database that we migrated for one that it migrated', async () => {
  const database = await freshDatabase();
  const inOrder = {
    editedMigrationNames: [],
    failedMigrationNames: [],
    hasMigrationsTable: true,
    history: null,
  };
  expect(await migrationHistory(database.url, 'prisma/migrations')).toMatchObject(inOrder);
  await runSql(database.url, `UPDATE _prisma_migrations SET checksum = repeat('0', 64)`);
  const { editedMigrationNames } = await migrationHistory(database.url, 'prisma/migrations');
  expect(editedMigrationNames).not.toEqual([]);
  await database.drop();
});
