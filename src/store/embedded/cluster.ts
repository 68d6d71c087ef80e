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
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { newSecret, StartupError } from '../../kernel/index.ts';
import type { Binaries } from './binaries.ts';
import { assertReachable, type UserIds, unprivilegedUser } from './unprivileged-user.ts';

export interface Cluster {
  folder: string;
  password: string;
  user: UserIds;
}

export const databaseUser = 'gatehouse';
const unfinishedPrefix = 'postgres.unfinished-';

/** The database's files: made on the first start, found on later ones. A creation that was cut short is done again. */
export async function ensureCluster(dataDir: string, binaries: Binaries): Promise<Cluster> {
  const user = unprivilegedUser();
  for (const place of [dataDir, binaries.postgres]) assertReachable(user, dirname(place));
  const folder = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  try {
    if (existsSync(folder)) return { folder, user, password: readFileSync(passwordFile, 'utf8') };
    removeUnfinished(dataDir);
    // A name of its own each time: an initdb whose parent was killed may still be writing to the former one.
    const unfinished = mkdtempSync(join(dataDir, unfinishedPrefix));
    const password = newSecret();
    const handover = join(unfinished, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    writeFileSync(handover, password, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) {
      // The other user passes through our folder but cannot list it.
      chmodSync(dataDir, 0o711);
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

function removeUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir).filter(name => name.startsWith(unfinishedPrefix))) {
    rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 });
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
    const hint =
      user.uid === undefined ? '' : ` (as root, the user "postgres" must be able to reach the folder)`;
    throw new StartupError(`Cannot create the embedded database in ${within}: ${said}`, cause);
  }
}
