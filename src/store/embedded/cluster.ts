import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newSecret, StartupError } from '../../kernel/index.ts';
import type { Binaries } from './binaries.ts';
import type { UserIds } from './unprivileged-user.ts';

export interface Cluster {
  folder: string;
  password: string;
  user: UserIds;
}

export const databaseUser = 'gatehouse';
const unfinishedPrefix = 'postgres.unfinished-';

/**
 * The database's files: made on the first start, found on later ones. A creation that was cut short is done again.
 * @param dataDir keeps the password, for us alone
 * @param home keeps the cluster: the same folder, unless the user cannot enter that
 */
export async function ensureCluster(
  binaries: Binaries,
  { dataDir, home, user }: { dataDir: string; home: string; user: UserIds },
): Promise<Cluster> {
  const folder = join(home, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  try {
    // Deleting the data folder means all of it, also what is kept elsewhere.
    if (home !== dataDir && !existsSync(passwordFile)) rmSync(folder, { recursive: true, force: true });
    if (existsSync(folder)) return { folder, user, password: readFileSync(passwordFile, 'utf8') };
    removeUnfinished(home);
    // A name of its own each time: an initdb whose parent was killed may still be writing to the former one.
    const unfinished = mkdtempSync(join(home, unfinishedPrefix));
    const password = newSecret();
    const handover = join(unfinished, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    writeFileSync(handover, password, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) {
      // The other user passes through our folder but cannot list it.
      chmodSync(home, 0o711);
      chownSync(unfinished, user.uid, user.gid);
      chownSync(handover, user.uid, user.gid);
    }
    await initialise(binaries, { within: unfinished, handover, user });
    renameSync(join(unfinished, 'cluster'), folder);
    rmSync(unfinished, { recursive: true, force: true });
    return { folder, user, password };
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError(
      `Cannot create the embedded database in ${folder}: ${why}. Correct it, or choose another folder with DATA_DIR.`,
      cause,
    );
  }
}

function removeUnfinished(home: string): void {
  for (const name of readdirSync(home).filter(name => name.startsWith(unfinishedPrefix))) {
    rmSync(join(home, name), { recursive: true, force: true, maxRetries: 10 });
  }
}

async function initialise(
  binaries: Binaries,
  { within, handover, user }: { within: string; handover: string; user: UserIds },
): Promise<void> {
  const flags = [
    `--pgdata=${join(within, 'cluster')}`,
    `--username=${databaseUser}`,
    `--pwfile=${handover}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    await promisify(execFile)(binaries.initdb, flags, { ...user, cwd: within, env: { LC_ALL: 'C' } });
  } catch (cause) {
    const { stderr = '', message } = cause as { stderr?: string; message: string };
    const said =
      stderr
        .trim()
        .split('\n')
        .find(line => /error|fatal/i.test(line)) ?? message;
    throw new StartupError(`Cannot create the embedded database in ${within}: ${said}`, cause);
  }
}
