import { execFileSync } from 'node:child_process';
import { StartupError } from '../../kernel/index.ts';

export interface UserIds {
  uid?: number;
  gid?: number;
}

const name = 'postgres';

/** PostgreSQL refuses to run as root, so a user of its own runs it then (made if missing). Otherwise we run it as ourselves. */
export function unprivilegedUser(): UserIds {
  if (process.getuid?.() !== 0) return {};
  const found = idsOf();
  if (found !== undefined) return found;
  try {
    execFileSync(
      'useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name],
      { stdio: 'pipe' },
    );
  } catch (cause) {
    throw new StartupError(
      `PostgreSQL does not run as root, and the user "${name}" could not be created. Start Gatehouse as an ordinary user, or set DATABASE_URL.`,
      cause,
    );
  }
  return idsOf() ?? {};
}

function idsOf(): UserIds | undefined {
  const ask = (flag: string) =>
    Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}
