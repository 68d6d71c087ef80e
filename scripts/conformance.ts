import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultsFile, resultsOf, testFiles } from './specifications.ts';

/** `npm run conformance` runs the tests of the specifications and writes what passed, for the table in the README. */

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-conformance-'));
const output = join(folder, 'results.json');
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${output}`,
    ...testFiles.map(file => `tests/${file}.test.ts`),
  ],
  { stdio: 'inherit' },
);
const { testResults } = JSON.parse(readFileSync(output, 'utf8')) as {
  testResults: Parameters<typeof resultsOf>[0];
};
rmSync(folder, { recursive: true, force: true });
if (status === 0) writeFileSync(resultsFile, `${JSON.stringify(resultsOf(testResults), null, 2)}\n`);
process.exitCode = status ?? 1;
