import { hash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newSecret } from '../../kernel/index.ts';
import type { Binaries } from './binaries.ts';
import type { UserIds } from './unprivileged-user.ts';

/**
 * Root's home is closed to everyone else, also to the user that runs PostgreSQL for root. When Gatehouse lies in there,
 * its database and a copy of the programs are kept here.
 */
const openPlace = '/var/lib/gatehouse';

/** @returns the folder that holds the cluster of this data folder: the data folder itself wherever that is possible */
export function clusterHome(dataDir: string, user: UserIds): string {
  if (mayEnter(user, dirname(dataDir))) return dataDir;
  const home = join(openPlace, hash('sha256', dataDir, 'hex').slice(0, 16));
  mkdirSync(home, { recursive: true, mode: 0o711 });
  return home;
}

export function reachablePrograms(binaries: Binaries, user: UserIds): Binaries {
  if (mayEnter(user, dirname(binaries.postgres))) return binaries;
  const native = dirname(dirname(binaries.postgres));
  const copy = join(openPlace, `postgresql-${hash('sha256', native, 'hex').slice(0, 8)}-${binaries.version}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${newSecret(6)}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      // Another process was first, with the same content.
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return { ...binaries, initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

function mayEnter(user: UserIds, folder: string): boolean {
  if (user.uid === undefined) return true;
  const { uid, gid, mode } = statSync(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  const parent = dirname(folder);
  return (mode & bit) !== 0 && (parent === folder || mayEnter(user, parent));
}
