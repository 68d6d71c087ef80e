import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockDataDir, startEmbeddedPostgres } from '../src/store/index.ts';
import { schemaDiff, schemaFiles } from './schema-diff.ts';

/** `npm run migration -- <name>`: writes the migration that leads from the latest one to prisma/schema. */
const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Give the migration a name in snake_case: npm run migration -- add_avatars');
  process.exit(1);
}

const folder = 'prisma/migrations';
const latest = readdirSync(folder)
  .filter(entry => /^\d/.test(entry))
  .toSorted()
  .at(-1);
const from = latest === undefined ? [] : schemaFiles(join(folder, latest, 'schema'));
const to = schemaFiles();

// The engine insists on a database even to compare two texts.
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-migration-'));
const unlock = await lockDataDir(dataDir);
const postgres = await startEmbeddedPostgres({ dataDir });
try {
  const sql = await schemaDiff(postgres.url, from, to);
  if (sql === '') {
    console.log('The migrations already lead to prisma/schema.');
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const target = join(folder, `${stamp}_${name}`);
    mkdirSync(join(target, 'schema'), { recursive: true });
    writeFileSync(join(target, 'migration.sql'), sql);
    // What the migration leads to, so that the next one knows where it starts.
    for (const { path, content } of to) writeFileSync(join(target, 'schema', path), content);
    console.log(`Wrote ${join(target, 'migration.sql')}. Read it before you commit it.`);
  }
} finally {
  await postgres.stop();
  unlock();
  rmSync(dataDir, { recursive: true, force: true });
}
