import type { TestProject } from 'vitest/node';
import { systemClock } from '../../src/kernel/index.ts';
import { migrate, startEmbeddedPostgres } from '../../src/store/index.ts';
import { gatherTempFiles, tempFolder } from './temp-folder.ts';
import { databaseUrl, fast, migrationsFolder, runSql, templateName } from './test-server.ts';
import { ensureTools } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that all test files share. Take a database on it with `freshDatabase`. */
    postgresUrl: string;
  }
}

/** Runs once before all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  ensureTools();
  const deleteTempFiles = gatherTempFiles();
  const server = await startEmbeddedPostgres({ dataDir: tempFolder(), options: fast });
  await runSql(server.url, `CREATE DATABASE ${templateName}`);
  await migrate({ url: databaseUrl(server.url, templateName), folder: migrationsFolder, clock: systemClock });
  project.provide('postgresUrl', server.url);
  return async () => {
    await server.stop();
    deleteTempFiles();
  };
}
