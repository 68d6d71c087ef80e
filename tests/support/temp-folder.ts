import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder. It goes away when the whole run has ended. */
export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
}

/**
 * Lets this process and all it starts keep their temporary files in one folder.
 * @returns deletes it
 */
export function gatherTempFiles(): () => void {
  const folder = tempFolder();
  // The user that runs PostgreSQL for root has to pass through.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
