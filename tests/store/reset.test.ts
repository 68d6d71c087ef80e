import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../support/run-process.ts';
import { tempFolder } from '../support/services.ts';

function reset(dataDir: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/reset.ts'], {
    encoding: 'utf8',
    env: { ...process.env, DATA_DIR: dataDir },
  });
  return { status, said: stdout + stderr };
}

test('refuses while a Gatehouse runs, and deletes everything afterwards', async () => {
  const dataDir = join(tempFolder(), 'data');
  const running = runProcess('hold-data-dir.ts', dataDir);
  await running.firstLine;
  expect(reset(dataDir)).toEqual({
    status: 1,
    said: expect.stringContaining(`Another Gatehouse (process ${running.pid})`) as string,
  });
  await running.kill('SIGKILL');
  expect(reset(dataDir)).toEqual({ status: 0, said: `Deleted ${dataDir}.\n` });
  expect(existsSync(dataDir)).toBe(false);
  expect(reset(dataDir).said).toContain('Nothing to do');
});

test('refuses a folder with strange things in it', () => {
  const dataDir = tempFolder();
  writeFileSync(join(dataDir, 'encryption-keys'), '');
  writeFileSync(join(dataDir, 'thesis.txt'), '');
  expect(reset(dataDir)).toEqual({ status: 1, said: expect.stringContaining('thesis.txt') as string });
  expect(existsSync(join(dataDir, 'encryption-keys'))).toBe(true);
});
