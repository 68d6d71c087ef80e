import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../kernel/index.ts';

/** What stands in demo.json, for scripts. snake_case, as everything that leaves the process. */
export interface DemoFacts {
  issuer: string;
  management_url: string;
  operations_url: string;
  mailbox_url: string;
  sample_url: string;
  account: { email: string; password: string };
  /** client_id → registered metadata, including the secret. */
  clients: Record<string, { client_id: string; client_secret?: string } & Record<string, unknown>>;
}

/** The facts of the last start: passwords and secrets stay the same over restarts. */
export function readFacts(dataDir: string): Partial<DemoFacts> {
  const file = factsFile(dataDir);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<DemoFacts>;
  } catch (cause) {
    throw new StartupError(`The file ${file} is not valid JSON. Delete it, or run npm run reset.`, cause);
  }
}

/** Replaced in one step, so that a script never reads half of it. */
export function writeFacts(dataDir: string, facts: DemoFacts): void {
  const file = factsFile(dataDir);
  writeFileSync(`${file}.new`, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function factsFile(dataDir: string): string {
  return join(dataDir, 'demo.json');
}
