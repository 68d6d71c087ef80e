import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** Prints the server's process id, waits for the pipe to its parent to close, and ends the server. */
const watcher =
  'log=$1; shift; "$@" >>"$log" 2>&1 & echo $!; cat >/dev/null; kill -KILL $! 2>/dev/null; wait';

export interface TiedProcess {
  pid: number;
  /** Sends a signal to the server itself. */
  signal(name: NodeJS.Signals): void;
  isAlive(): boolean;
  /** Ends the server at once. */
  end(): Promise<void>;
}

/** Runs a server that dies with this process, even when this process is killed without a chance to clean up. */
export async function spawnTied(command: readonly string[], logFile: string): Promise<TiedProcess> {
  closeSync(openSync(logFile, 'a'));
  const shell = spawn('sh', ['-c', watcher, 'sh', logFile, ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const pid = Number((await firstOutput(shell)).trim());
  shell.unref();
  const signal = (name: NodeJS.Signals | 0) => {
    try {
      return process.kill(pid, name);
    } catch {
      return false;
    }
  };
  return {
    pid,
    signal,
    isAlive: () => signal(0),
    async end() {
      if (shell.exitCode !== null || shell.signalCode !== null) return;
      const gone = once(shell, 'exit');
      shell.ref();
      shell.stdin?.destroy();
      await gone;
    },
  };
}

async function firstOutput(shell: ChildProcess): Promise<string> {
  const { stdout } = shell;
  if (stdout === null) throw new Error('the watcher has no output');
  const [line] = (await once(stdout, 'data')) as [Buffer];
  return line.toString();
}
