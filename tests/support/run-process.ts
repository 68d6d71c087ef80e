import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunningProcess {
  pid: number;
  firstLine: Promise<string>;
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Runs one of tests/support/processes as a Node process of its own. */
export function runProcess(script: string, ...words: string[]): RunningProcess {
  const file = join(import.meta.dirname, 'processes', script);
  const child = spawn(process.execPath, [file, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    firstLine: readFirstLine(child),
    async kill(signal) {
      child.kill(signal);
      await exit;
    },
  };
}

async function readFirstLine({ stdout, stderr }: ChildProcess): Promise<string> {
  if (stdout === null || stderr === null) throw new Error('the process has no output');
  let complaints = '';
  stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error(`the process printed nothing: ${complaints}`);
}
