import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../../src/config/index.ts';

/** Runs a command of the operator as a process of its own. */
export async function runCli(
  environment: Environment,
  ...words: string[]
): Promise<{ code: number; said: string }> {
  const child = spawn(process.execPath, ['src/cli.ts', ...words], {
    env: { PATH: process.env['PATH'], ...environment },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said: said.trim() };
}
