import { appendFile } from 'node:fs/promises';

/**
 * Where checkpoints of the record are kept beside the database: a file on a disk that its administrators cannot change, or
 * that is collected elsewhere. One line each.
 */
export function auditWitness(file: string | undefined): (signature: string) => Promise<void> {
  return async signature => {
    if (file !== undefined) await appendFile(file, `${signature}\n`, { mode: 0o640 });
  };
}
