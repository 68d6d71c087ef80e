import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../src/kernel/index.ts';
import { lockDataDir } from '../../src/store/index.ts';
import { runProcess } from '../support/run-process.ts';
import { tempFolder } from '../support/services.ts';

test('makes the folder, for its owner alone', async () => {
  const dataDir = join(tempFolder(), 'deeper/data');
  (await lockDataDir(dataDir))();
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
});

test('a second Gatehouse is refused and told who holds the folder', async () => {
  const dataDir = tempFolder();
  const first = runProcess('hold-data-dir.ts', dataDir);
  await first.firstLine;
  const second = runProcess('hold-data-dir.ts', dataDir);
  expect(await second.firstLine).toBe(
    `StartupError: Another Gatehouse (process ${first.pid}) is using the data folder ${dataDir}. Stop it, or choose another folder with DATA_DIR.`,
  );
  await expect(lockDataDir(join(dataDir, '../', dataDir.split('/').at(-1) ?? ''))).rejects.toThrow(
    StartupError,
  );
  await first.kill('SIGKILL');
  (await lockDataDir(dataDir))();
});

test('of ten processes that start together one gets the folder', async () => {
  const dataDir = tempFolder();
  const processes = Array.from({ length: 10 }, () => runProcess('hold-data-dir.ts', dataDir));
  const lines = await Promise.all(processes.map(({ firstLine }) => firstLine));
  expect(lines.filter(line => line.startsWith('postgresql://'))).toHaveLength(1);
  expect(lines.filter(line => line.startsWith('StartupError: Another Gatehouse'))).toHaveLength(9);
  await Promise.all(processes.map(running => running.kill('SIGKILL')));
});

test('a folder that cannot be written to is one sentence', async () => {
  const file = join(tempFolder(), 'a-file');
  writeFileSync(file, '');
  await expect(lockDataDir(join(file, 'data'))).rejects.toThrow(
    `The data folder ${file}/data cannot be written to (ENOTDIR). Correct that, or choose another folder with DATA_DIR.`,
  );
  // Nobody, not even root, may create anything in here.
  await expect(lockDataDir('/sys/gatehouse')).rejects.toThrow(/cannot be written to/);
  expect(existsSync('/sys/gatehouse')).toBe(false);
});
