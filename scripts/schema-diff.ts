import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';

/** Prisma's opinion of a database's migrations. Everything is in order when the lists are empty and `history` is null. */
export interface MigrationHistory {
  editedMigrationNames: string[];
  failedMigrationNames: string[];
  hasMigrationsTable: boolean;
  history: object | null;
}

interface Engine {
  diff(params: object): Promise<{ exitCode: number; stdout: string | null }>;
  diagnoseMigrationHistory(params: object): Promise<MigrationHistory>;
}

type Exports = Record<string, unknown>;

/** What we need of the global that TypeScript knows only together with the whole DOM. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { instantiate(code: Buffer, imports: object): Promise<{ instance: { exports: Exports } }> };
};

interface EngineModule {
  __wbg_set_wasm(exports: Exports): void;
  SchemaEngine: { new: (options: object, log: (line: string) => void, adapter: unknown) => Promise<Engine> };
}

let loaded: Promise<EngineModule> | undefined;

/** Prisma's own engine as WebAssembly, loaded by hand: its command line would download a binary instead. */
async function load(): Promise<EngineModule> {
  const entry = resolve('node_modules/@prisma/schema-engine-wasm/schema_engine_bg.js');
  const engine = (await import(entry)) as EngineModule;
  const { instance } = await WebAssembly.instantiate(readFileSync(entry.replace(/\.js$/, '.wasm')), {
    './schema_engine_bg.js': engine,
  });
  engine.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return engine;
}

async function createEngine(databaseUrl: string, files: SchemaFile[]): Promise<Engine> {
  // Once only: the module keeps views of its memory, which a second instance would leave pointing at the first.
  loaded ??= load();
  const { SchemaEngine } = await loaded;
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(databaseUrl));
  const datamodels = files.map(({ path, content }) => [path, content]);
  return SchemaEngine.new({ datamodels }, () => {}, adapter);
}

export interface SchemaFile {
  path: string;
  content: string;
}

/** The Prisma schema in a folder; of a migration, the snapshot it leads to. */
export function schemaFiles(folder = 'prisma/schema'): SchemaFile[] {
  const names = readdirSync(folder).filter(name => name.endsWith('.prisma'));
  return names.sort().map(name => ({ path: name, content: readFileSync(join(folder, name), 'utf8') }));
}

/** The statements that lead from one schema to another; empty when they agree. An empty `from` is an empty database. */
export async function schemaDiff(databaseUrl: string, from: SchemaFile[], to: SchemaFile[]): Promise<string> {
  const engine = await createEngine(databaseUrl, to);
  const { stdout } = await engine.diff({
    from: from.length === 0 ? { tag: 'empty' } : { tag: 'schemaDatamodel', files: from },
    to: { tag: 'schemaDatamodel', files: to },
    script: true,
    shadowDatabaseUrl: null,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  const sql = stdout ?? '';
  return /^\s*(--[^\n]*\s*)*$/.test(sql) ? '' : sql;
}

/** What `prisma migrate status` would find. */
export async function migrationHistory(databaseUrl: string, folder: string): Promise<MigrationHistory> {
  const engine = await createEngine(databaseUrl, schemaFiles());
  const folders = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  const migrationDirectories = folders.map(({ name }) => {
    const content = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
    return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: content } } };
  });
  const lockfile = {
    path: 'migration_lock.toml',
    content: readFileSync('prisma/migrations/migration_lock.toml', 'utf8'),
  };
  return engine.diagnoseMigrationHistory({
    migrationsList: { baseDir: resolve(folder), lockfile, shadowDbInitScript: '', migrationDirectories },
    optInToShadowDatabase: false,
    filters: { externalTables: [], externalEnums: [] },
  });
}
