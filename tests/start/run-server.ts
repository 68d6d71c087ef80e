import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoFacts } from '../../src/demo/index.ts';
import { freePort, tempFolder, until } from '../support/services.ts';

export interface Run {
  environment: Record<string, string>;
  dataDir: string;
  /** Standard output and error so far. */
  output(): string;
  facts(): DemoFacts;
  pid: number;
  /** @returns the exit code, or the signal's name */
  exit: Promise<number | string>;
  ready(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export async function freshEnvironment(more: Record<string, string> = {}): Promise<Record<string, string>> {
  const [port, management, operations, sample] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  return {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
    HOME: process.env['HOME'] ?? '/root',
    PORT: String(port),
    MANAGEMENT_PORT: String(management),
    OPERATIONS_PORT: String(operations),
    SAMPLE_PORT: String(sample),
    DATA_DIR: join(tempFolder(), 'data'),
    PASSWORD_HASH_CONCURRENCY: '1',
    SHUTDOWN_GRACE_SECONDS: '3',
    ...more,
  };
}

const running = new Set<ChildProcess>();

/** Starts the server as `npm start` does; `command` replaces the program. */
export function runServer(
  environment: Record<string, string>,
  command: readonly string[] = [process.execPath, 'src/server.ts'],
): Run {
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exit = (once(child, 'close') as Promise<[number | null, string | null]>).then(([code, signal]) => {
    running.delete(child);
    return code ?? signal ?? 'unknown';
  });
  const dataDir = environment['DATA_DIR'] ?? '';
  return {
    environment,
    dataDir,
    pid: child.pid ?? 0,
    output: () => output,
    exit,
    facts: () => JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoFacts,
    async ready() {
      await until(
        'Gatehouse is ready',
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output}`);
          return output.includes('Gatehouse is ready.') && output.endsWith('\n\n');
        },
        30,
      );
    },
    signal: name => child.kill(name),
  };
}

/** For afterAll: ends whatever a failed test left. */
export function endAll(): void {
  for (const child of running) {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
}

/** Processes that have the folder in their command line: the PostgreSQL of a data folder. */
export function processesOf(folder: string): string[] {
  if (!existsSync('/proc')) return [];
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return pids.filter(pid => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}
