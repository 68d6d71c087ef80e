import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Tool {
  /** Any one of these programs will do. */
  programs: readonly string[];
  debianPackage: string;
}

const chromium: Tool = {
  programs: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium',
};
const tools: readonly Tool[] = [
  { programs: ['redis-server'], debianPackage: 'redis-server' },
  chromium,
  { programs: ['apache2'], debianPackage: 'apache2' },
  { programs: ['mod_auth_openidc.so'], debianPackage: 'libapache2-mod-auth-openidc' },
];

/** Where Debian puts what Apache loads. */
const apacheModules = '/usr/lib/apache2/modules';

const otherFolders = [
  apacheModules,
  '/usr/sbin',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/snap/bin',
];

function find({ programs }: Tool): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...otherFolders];
  return folders.flatMap(folder => programs.map(program => join(folder, program))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, file.endsWith('.so') ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error when the machine has none; `npm test` sees to it that it has */
export function chromiumPath(): string {
  const path = find(chromium);
  if (path === undefined) throw new Error('Chromium is missing. Run npm test once, or install chromium.');
  return path;
}

/**
 * What tests need and npm does not carry. Installs it where that is possible; no test is ever passed over because
 * something is missing.
 * @throws Error that says what to install
 */
export function ensureTools(): void {
  const packages = missingPackages();
  if (packages.length === 0) return;
  const names = packages.join(' ');
  if (process.getuid?.() !== 0 || find({ programs: ['apt-get'], debianPackage: 'apt' }) === undefined) {
    throw new Error(
      `The tests need ${packages.join(' and ')}. Install with: sudo apt-get install ${names} (or your system's equivalent).`,
    );
  }
  console.log(`Installing what the tests need: ${names}`);
  aptGet('update', '-qq');
  aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
  const still = missingPackages();
  if (still.length > 0)
    throw new Error(`apt-get did not bring ${still.join(' and ')}, which the tests need.`);
}

function missingPackages(): string[] {
  return tools.filter(tool => find(tool) === undefined).map(tool => tool.debianPackage);
}

function aptGet(...words: string[]): void {
  const { status, error, stdout, stderr } = spawnSync(
    'apt-get',
    ['-o', 'DPkg::Lock::Timeout=120', ...words],
    {
      encoding: 'utf8',
      // Debian would start the packaged Redis as a service of the machine; the tests start their own.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    },
  );
  if (status !== 0) {
    throw new Error(`apt-get ${words[0] ?? ''} failed:\n${error?.message ?? ''}${stdout}${stderr}`);
  }
}
