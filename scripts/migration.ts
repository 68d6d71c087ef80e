import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/index.ts';
import { lockDataDir, migrate, startEmbeddedPostgres } from '../src/store/index.ts';
import { schemaDiff } from './schema-diff.ts';

/** `npm run migration -- <name>`: writes the migration that leads from the existing ones to prisma/schema. */
const [name] = process.argv.slice(2);
if (name === undefined || !/^[a-z0-9_]+$/.test(name)) {
  console.error('Give the migration a name in snake_case: npm run migration -- add_avatars');
  process.exit(1);
}

const folder = 'prisma/migrations';
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-migration-'));
const unlock = await lockDataDir(dataDir);
const postgres = await startEmbeddedPostgres({ dataDir });
try {
  await migrate({ url: postgres.url, folder, clock: systemClock });
  const sql = await schemaDiff(postgres.url);
  if (sql === '') {
    console.log('The migrations already lead to prisma/schema.');
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const target = join(folder, `${stamp}_${name}`);
    mkdirSync(target);
    writeFileSync(join(target, 'migration.sql'), sql);
    console.log(`Wrote ${join(target, 'migration.sql')}. Read it before you commit it.`);
  }
} finally {
  await postgres.stop();
  unlock();
  rmSync(dataDir, { recursive: true, force: true });
}
