import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnTied } from './spawn-tied.ts';
import { tempFolder } from './temp-folder.ts';
import { until } from './until.ts';

const modules = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'alias',
  'dir',
  'mime',
  'env',
  'headers',
  'auth_openidc',
];

/** An Apache of the caller's own, with mod_auth_openidc. `site` is configuration. Dies with the test process. */
export async function startApache(port: number, site: string): Promise<{ close(): Promise<void> }> {
  const folder = tempFolder();
  const pages = join(folder, 'pages');
  for (const path of ['', 'protected', 'open']) {
    mkdirSync(join(pages, path), { recursive: true });
    writeFileSync(
      join(pages, path, 'index.html'),
      `<!doctype html><title>${path}</title><p>page ${path}</p>`,
    );
  }
  // Started by root, it reads them as somebody else.
  chmodSync(folder, 0o755);
  const config = join(folder, 'apache.conf');
  const log = join(folder, 'apache.log');
  writeFileSync(
    config,
    `ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex posixsem
ErrorLog ${log}
${modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
User nobody
Group nogroup
DocumentRoot ${pages}
${site}
`,
  );
  const server = await spawnTied(['apache2', '-X', '-f', config], log);
  await until('apache answers', async () => {
    if (!server.isAlive()) throw new Error(`apache ended:\n${readFileSync(log, 'utf8')}`);
    return fetch(`http://localhost:${port}/open/`)
      .then(({ ok }) => ok)
      .catch(() => false);
  });
  return { close: () => server.end() };
}
