import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../support/services.ts';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !name.includes('generated'))
  .map(name => join('src', name));

interface Cruise {
  summary: { error: number; totalCruised: number; violations: { rule: { name: string }; from: string }[] };
}

function cruise(folder: string): Cruise {
  const { stdout } = spawnSync(
    process.execPath,
    [
      realpathSync('node_modules/.bin/depcruise'),
      'src',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
    ],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Cruise;
}

describe('the layers', () => {
  test('hold, in every module there is', () => {
    const { summary } = cruise('.');
    expect(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)).toEqual([]);
    // A cruiser that reads nothing finds nothing.
    expect(summary.totalCruised).toBeGreaterThan(sources.length);
  });

  test('are checked: each wrong import is found', () => {
    const copy = tempFolder();
    for (const name of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
      cpSync(name, join(copy, name), { recursive: true });
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
    const wrong: Record<string, [string, string]> = {
      'kernel-imports-nothing-of-ours': ['src/kernel/wrong.ts', '../log/index.ts'],
      'platform-knows-no-product-rule': ['src/store/wrong.ts', '../accounts/index.ts'],
      'domain-never-sees-engine-or-surfaces': ['src/accounts/wrong.ts', '../oidc/index.ts'],
      'domain-never-sees-http': ['src/passwords/wrong.ts', 'koa'],
      'engine-never-sees-surfaces': ['src/oidc/wrong.ts', '../pages/index.ts'],
      'surfaces-are-strangers': ['src/management-api/wrong.ts', '../pages/index.ts'],
      'only-composition-knows-everyone': ['src/pages/wrong.ts', '../app.ts'],
      'slices-are-imported-through-their-index': ['src/pages/wrong-too.ts', '../accounts/account.ts'],
      'sql-and-redis-live-in-the-store-and-in-repositories': ['src/clients/wrong.ts', 'pg'],
    };
    for (const [file, target] of Object.values(wrong))
      writeFileSync(join(copy, file), `import * as it from '${target}';\nexport { it };\n`);
    const found = new Set(cruise(copy).summary.violations.map(({ rule, from }) => `${rule.name} ${from}`));
    for (const [rule, [file]] of Object.entries(wrong)) expect(found).toContain(`${rule} ${file}`);
    rmSync(copy, { recursive: true });
  }, 60_000);
});

describe('the habits', () => {
  test('time comes from the Clock: no new Date() without arguments outside the kernel', () => {
    const offenders = sources.filter(
      file => !file.startsWith('src/kernel') && /new Date\(\)/.test(readFileSync(file, 'utf8')),
    );
    expect(offenders).toEqual([]);
  });

  test('files are small', () => {
    const lines = sources
      .map(file => readFileSync(file, 'utf8').split('\n').length)
      .toSorted((a, b) => a - b);
    expect(lines.at(-1)).toBeLessThan(300);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThan(70);
  });

  test('every slice says in its index what it owns and what it does not', () => {
    for (const file of sources.filter(name => /^src\/[^/]+\/index\.ts$/.test(name))) {
      const header = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
      expect(header, file).toMatch(/Owns/);
      expect(header.split('\n').length, file).toBeLessThanOrEqual(12);
    }
  });

  test('what guards us is pinned exactly and not older than what we looked at', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    for (const version of [...Object.values(dependencies ?? {}), ...Object.values(devDependencies ?? {})])
      expect(version).toMatch(/^\d/);
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { version?: string }>;
    };
    const least = {
      'oidc-provider': '9.13.3',
      koa: '3.3.0',
      jose: '6.2.18',
      '@node-rs/argon2': '2.2.1',
      ioredis: '6.0.0',
      handlebars: '4.7.10',
      pg: '8.23.1',
    };
    for (const [name, version] of Object.entries(least)) {
      const installed = packages[`node_modules/${name}`]?.version ?? '0';
      expect(
        installed.localeCompare(version, 'en', { numeric: true }),
        `${name} ${installed}`,
      ).toBeGreaterThanOrEqual(0);
    }
  });
});
