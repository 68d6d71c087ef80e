import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Definition, definitions } from '../src/config/index.ts';
import { waysInTable } from '../src/pages/index.ts';
import { copySchema, holdings } from '../src/privacy/index.ts';
import { specificationsTable } from './specifications.ts';

/**
 * `npm run docs` writes the generated parts of the documentation, which stand between markers; `npm run docs:check`
 * fails when one is out of date.
 */

const generators: Readonly<Record<string, () => string>> = {
  settings: settingsTable,
  specifications: specificationsTable,
  holdings: holdingsTable,
  waysIn: waysInTable,
};

function settingsTable(): string {
  const rows = Object.values(definitions).map((definition: Definition) => {
    const fallback =
      definition.fallbackNote ?? (definition.fallback === undefined ? 'none' : `\`${definition.fallback}\``);
    const notes = [
      definition.describe,
      ...(definition.isSecret === true ? ['Secret.'] : []),
      ...(definition.isRequiredInProduction === true ? ['**Required in production.**'] : []),
    ];
    return `| \`${definition.env}\` | ${fallback} | ${notes.join(' ')} |`;
  });
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function holdingsTable(): string {
  const rows = Object.entries(holdings).map(([table, { what, why, kept, column, erasure, copy }]) => {
    const found = [
      ...(column === undefined ? [] : ['goes with the account']),
      ...(erasure === undefined ? [] : [erasure]),
    ];
    const copied = typeof copy === 'string' ? `\`${copy}\`` : `not: ${copy.not}`;
    return `| \`${table}\` | ${what} | ${why} | ${kept} | ${found.join('; ')} | ${copied} |`;
  });
  return [
    '| table | what | why | kept | at an erasure | in a copy |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Written whole. */
const wholeFiles: Readonly<Record<string, () => string>> = {
  'docs/export.schema.json': () => `${JSON.stringify(z.toJSONSchema(copySchema), undefined, 2)}\n`,
};

function documents(): string[] {
  const inDocs = readdirSync('docs').map(name => join('docs', name));
  return [...readdirSync('.'), ...inDocs].filter(name => name.endsWith('.md'));
}

/** @throws Error for a marker that nothing writes, or that is not closed */
function generate(file: string, text: string): string {
  const written = text.replace(
    /(<!-- generated:(\w+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_all, start: string, name: string, end: string) => {
      const generator = generators[name];
      if (generator === undefined) throw new Error(`${file}: nothing generates "${name}"`);
      return `${start}\n${generator()}\n\n${end}`;
    },
  );
  const opened = text.match(/<!-- generated:/g)?.length ?? 0;
  const closed = text.match(/<!-- \/generated -->/g)?.length ?? 0;
  if (opened !== closed) throw new Error(`${file}: a generated part is not closed`);
  return written;
}

const isCheck = process.argv.includes('--check');
for (const file of [...documents(), ...Object.keys(wholeFiles)]) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const written = wholeFiles[file]?.() ?? generate(file, text);
  if (written === text) continue;
  if (isCheck) {
    console.error(`${file} is out of date. Run npm run docs.`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, written);
    console.log(`Wrote ${file}.`);
  }
}
