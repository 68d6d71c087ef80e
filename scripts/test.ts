import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ensureTools } from '../tests/support/tools.ts';
import { reportCoverage } from './coverage.ts';
import { readResults, resultsOf, resultsFile as specificationResults } from './specifications.ts';

/**
 * `npm test`: the checks of `npm run check` one by one, then all tests with their coverage. The last line counts both.
 * `npm test -- <words>` hands the words to vitest, runs no checks and asks for no coverage.
 */

interface Count {
  passed: number;
  failed: number;
}

interface VitestResults {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

function run(command: string, ...words: string[]): boolean {
  return spawnSync(command, words, { stdio: 'inherit' }).status === 0;
}

function heading(text: string): void {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 90 - text.length))}`);
}

/** The steps stand in package.json only; a step that is added there is run here. */
function checkSteps(): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { check: string } };
  return [...scripts.check.matchAll(/npm run -s (\S+)/g)].map(([, step = '']) => step);
}

function runChecks(): string[] {
  return checkSteps().filter(step => {
    heading(`npm run ${step}`);
    return !run('npm', 'run', '-s', step);
  });
}

/** Percent, of lines, branches, functions and statements. */
const leastCoverage = 90;

async function runTests(words: readonly string[]): Promise<Count> {
  heading('Tests');
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-results-'));
  const resultsFile = join(folder, 'results.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultsFile}`];
  const rawCoverage = join(folder, 'coverage');
  // Node hands this on to every process that a test starts.
  if (words.length === 0) process.env['NODE_V8_COVERAGE'] = rawCoverage;
  // What comes compiled from the cache is not counted exactly.
  process.env['NODE_DISABLE_COMPILE_CACHE'] = '1';
  const isGreen = run(process.execPath, 'node_modules/vitest/vitest.mjs', 'run', ...reporters, ...words);
  delete process.env['NODE_V8_COVERAGE'];
  try {
    const results = JSON.parse(readFileSync(resultsFile, 'utf8')) as VitestResults;
    const counted = count(results, isGreen);
    if (words.length > 0) return counted;
    const isTrue = isDeepStrictEqual(resultsOf(results.testResults), readResults());
    if (!isTrue)
      console.error(`${specificationResults} is not what passed. Run npm run conformance and npm run docs.`);
    heading('Coverage');
    const isCovered = await reportCoverage(rawCoverage, leastCoverage);
    if (!isCovered) console.error(`Coverage is below ${leastCoverage} %.`);
    return { ...counted, failed: counted.failed + (isCovered ? 0 : 1) + (isTrue ? 0 : 1) };
  } catch (error) {
    console.error('Vitest ended without results.', error);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(results: VitestResults, isGreen: boolean): Count {
  const passedOver = results.numPendingTests + results.numTodoTests;
  if (passedOver > 0) console.log(`${passedOver} tests were passed over.`);
  // A file that fails before its first test has no failed test to count.
  const brokenFiles = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every(result => result.status !== 'failed'),
  );
  const failed = results.numFailedTests + brokenFiles.length;
  if (isGreen || failed > 0) return { passed: results.numPassedTests, failed };
  console.error('Vitest failed although every test passed: an unhandled error, see above.');
  return { passed: results.numPassedTests, failed: 1 };
}

const words = process.argv.slice(2);
try {
  ensureTools();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
const failedChecks = words.length > 0 ? [] : runChecks();
const { passed, failed } = await runTests(words);

console.log('');
if (failedChecks.length > 0) console.error(`Failed checks: ${failedChecks.join(', ')}`);
if (passed === 0) console.error('No test passed.');
const allFailed = failed + failedChecks.length;
process.exitCode = allFailed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${allFailed} failed`);
