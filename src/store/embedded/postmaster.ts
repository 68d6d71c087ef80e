import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { StartupError } from '../../kernel/index.ts';
import type { Binaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';

/**
 * Waits for the pipe from its parent to close, which happens however the parent ends, and then stops PostgreSQL. It
 * runs in a session of its own, so that Ctrl-C in a terminal reaches us first and we can finish what is under way.
 */
const watcher = '"$@" & child=$!; cat > /dev/null; kill -INT "$child"; wait "$child"';

export interface Postmaster {
  port: number;
  stop(): Promise<void>;
}

const deadlineMs = 20_000;
const pollMs = 15;

export async function startPostmaster(
  binaries: Binaries,
  cluster: Cluster,
  wish: { port?: number; options: readonly string[] },
): Promise<Postmaster> {
  await stopLeftBehind(cluster.folder);
  const port = wish.port ?? (await freePort());
  const logFile = `${cluster.folder}.log`;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: '32MB',
    log_min_messages: 'warning',
  };
  const flags = [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ...wish.options,
  ].flatMap(text => ['-c', text]);
  const output = openSync(logFile, 'w', 0o600);
  const child = spawn('sh', ['-c', watcher, 'sh', binaries.postgres, '-D', cluster.folder, ...flags], {
    ...(cluster.user.uid === undefined ? {} : { uid: cluster.user.uid }),
    ...(cluster.user.gid === undefined ? {} : { gid: cluster.user.gid }),
    cwd: cluster.folder,
    detached: true,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['pipe', output, output],
  });
  closeSync(output);
  const failure = new Promise<string>(resolve => child.once('error', error => resolve(error.message)));
  await Promise.race([untilReady(cluster.folder, port, child, logFile), failure.then(refuse)]);
  child.unref();
  return { port, stop: () => stop(child) };
}

/** The program could not even be run, for instance because its user may not enter the folder. */
function refuse(why: string): never {
  throw new StartupError(
    `The embedded PostgreSQL cannot be run (${why}). Its user must be able to reach the data folder.`,
  );
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
  child.ref();
  child.stdin?.destroy();
  await gone;
}

interface PidFile {
  pid: number;
  port: number;
  isReady: boolean;
}

/** The lines of postmaster.pid are part of PostgreSQL's documentation of its file layout. */
function readPidFile(folder: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

async function untilReady(folder: string, port: number, child: ChildProcess, logFile: string): Promise<void> {
  for (let waited = 0; waited < deadlineMs; waited += pollMs) {
    const file = readPidFile(folder);
    if (file?.isReady === true && file.port === port) return;
    const said = readFileSync(logFile, 'utf8');
    if (/FATAL|could not|error while loading/i.test(said) && file === undefined) {
      await stop(child);
      throw new StartupError(
        `The embedded PostgreSQL did not start: ${said.trim().split('\n').at(0) ?? ''} (more in ${logFile})`,
      );
    }
    await wait(pollMs);
  }
  await stop(child);
  throw new StartupError(
    `The embedded PostgreSQL did not start within ${deadlineMs / 1000} seconds; see ${logFile}.`,
  );
}

/**
 * The data folder is locked by us, so a PostgreSQL that still runs on it was left behind, or is just stopping.
 * @param folder absolute, of the cluster
 */
export async function stopLeftBehind(folder: string): Promise<void> {
  const file = readPidFile(folder);
  if (file === undefined) return;
  for (let waited = 0; isPostgresOf(folder, file.pid); waited += pollMs) {
    if (waited > deadlineMs) {
      throw new StartupError(
        `A PostgreSQL left behind (process ${file.pid}) does not stop. End it, then start again.`,
      );
    }
    if (waited % 3_000 === 0) signal(file.pid);
    await wait(pollMs);
  }
  rmSync(join(folder, 'postmaster.pid'), { force: true });
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It ended between the look and the signal.
  }
}

/** A process id may have been given to a stranger since. */
function isPostgresOf(folder: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return commandLineOf(pid).includes(folder);
  } catch {
    return false;
  }
}

function commandLineOf(pid: number): string {
  return process.platform === 'linux'
    ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    : execFileSync('ps', ['-o', 'command=', '-p', String(pid)]).toString();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
