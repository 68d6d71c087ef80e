import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new empty folder that goes away with this process. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  made.push(folder);
  return folder;
}
