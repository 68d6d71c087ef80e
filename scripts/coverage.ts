import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mergeProcessCovs, type ProcessCov, type ScriptCov } from '@bcoe/v8-coverage';
import { parse } from 'acorn';
import { convert } from 'ast-v8-to-istanbul';

/**
 * What of src/ the tests ran, over all processes: the test workers, and every server, command and thread that they
 * started, because Node hands NODE_V8_COVERAGE on to its children. Node runs our TypeScript as it is, with types blanked
 * out, so that places in the running code are places in the file.
 */

type Kind = 'lines' | 'branches' | 'functions' | 'statements';
type Tally = Record<Kind, { covered: number; total: number }>;

interface FileCoverage {
  statementMap: Record<string, { start: { line: number } }>;
  s: Record<string, number>;
  f: Record<string, number>;
  b: Record<string, number[]>;
}

const kinds: readonly Kind[] = ['lines', 'branches', 'functions', 'statements'];

function sources(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.startsWith(join('store', 'generated')))
    .map(name => join('src', name))
    .toSorted();
}

/** One file a process; of each only what is ours is kept in memory. */
function readRaw(folder: string, wanted: ReadonlySet<string>): ProcessCov[] {
  return readdirSync(folder)
    .filter(name => name.startsWith('coverage-'))
    .map(name => {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as ProcessCov;
      return { result: result.filter(({ url }) => wanted.has(url)) };
    });
}

async function coverageOf(file: string, script: ScriptCov | undefined): Promise<FileCoverage> {
  const url = pathToFileURL(file).href;
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  const ast = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  // A file that no process loaded: as if it had been compiled and never run.
  const nothing = [
    {
      functionName: '',
      isBlockCoverage: true,
      ranges: [{ startOffset: 0, endOffset: code.length, count: 0 }],
    },
  ];
  const converted = await convert({
    code,
    ast: ast as never,
    wrapperLength: 0,
    coverage: { url, functions: script?.functions ?? nothing },
  });
  const [first] = Object.values(converted as unknown as Record<string, FileCoverage>);
  return first ?? { statementMap: {}, s: {}, f: {}, b: {} };
}

function tallyOf({ statementMap, s, f, b }: FileCoverage): Tally {
  const lines = new Map<number, boolean>();
  for (const [id, { start }] of Object.entries(statementMap)) {
    lines.set(start.line, lines.get(start.line) === true || (s[id] ?? 0) > 0);
  }
  const count = (hits: readonly number[]) => ({
    covered: hits.filter(hit => hit > 0).length,
    total: hits.length,
  });
  return {
    lines: count([...lines.values()].map(Number)),
    branches: count(Object.values(b).flat()),
    functions: count(Object.values(f)),
    statements: count(Object.values(s)),
  };
}

function percent({ covered, total }: { covered: number; total: number }): number {
  return total === 0 ? 100 : (100 * covered) / total;
}

/**
 * Prints what is covered, and each file that is below the threshold.
 * @param folder where NODE_V8_COVERAGE pointed
 * @param least percent of lines, branches, functions and statements, each over all files
 * @returns whether the threshold is met
 */
export async function reportCoverage(folder: string, least: number): Promise<boolean> {
  const files = sources();
  const urls = new Map(files.map(file => [pathToFileURL(file).href, file]));
  const { result } = mergeProcessCovs(readRaw(folder, new Set(urls.keys())));
  const scripts = new Map(result.map(script => [fileURLToPath(script.url), script]));

  const all = Object.fromEntries(kinds.map(kind => [kind, { covered: 0, total: 0 }])) as Tally;
  for (const file of files) {
    const tally = tallyOf(await coverageOf(file, scripts.get(fileURLToPath(pathToFileURL(file)))));
    for (const kind of kinds) {
      all[kind].covered += tally[kind].covered;
      all[kind].total += tally[kind].total;
    }
    if (percent(tally.lines) < least || percent(tally.branches) < least) {
      console.log(
        `  ${file.padEnd(50)} lines ${percent(tally.lines).toFixed(0)} %, branches ${percent(tally.branches).toFixed(0)} %`,
      );
    }
  }
  for (const kind of kinds) {
    const { covered, total } = all[kind];
    console.log(`${kind.padEnd(11)}${percent(all[kind]).toFixed(2)} % (${covered}/${total})`);
  }
  return kinds.every(kind => percent(all[kind]) >= least);
}
