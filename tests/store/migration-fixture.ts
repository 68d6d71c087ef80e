import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../support/services.ts';

export interface MigrationFixture {
  folder: string;
  /** Writes a migration, or writes it anew. */
  write: (name: string, sql: string) => void;
}

/** A folder of migrations of a test's own; Prisma would read it as well. */
export function migrationFixture(migrations: Record<string, string> = {}): MigrationFixture {
  const folder = tempFolder();
  const write = (name: string, sql: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  };
  for (const [name, sql] of Object.entries(migrations)) write(name, sql);
  return { folder, write };
}
