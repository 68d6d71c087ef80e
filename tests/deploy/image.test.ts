import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { definitions } from '../../src/config/index.ts';
import { makeEncryptionKey } from '../../src/start/index.ts';
import { endAll, freshEnvironment, type Run, runServer } from '../start/run-server.ts';
import {
  emptyDatabase,
  type RedisServer,
  startRedis,
  type TestDatabase,
  tempFolder,
  until,
} from '../support/services.ts';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const finalStage = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
const environmentOfImage = Object.fromEntries(
  [...(/^ENV (.*)$/m.exec(finalStage)?.[1] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [
    name,
    value,
  ]),
) as Record<string, string>;

/** The folder that the final stage holds, copied as its lines say, with the packages that are no development dependencies. */
function assemble(): string {
  const folder = tempFolder();
  const copies = [...finalStage.matchAll(/^COPY (?:--from=build )?(.+) (\S+)$/gm)];
  for (const [line, from = '', to = ''] of copies) {
    for (const each of from.split(' ')) {
      if (each === '/runtime/node_modules') copyPackages(folder);
      else {
        const source = each.replace('/gatehouse/', '');
        const target = from.includes(' ') ? join(folder, each) : join(folder, to);
        expect(existsSync(source), line).toBe(true);
        mkdirSync(dirname(target), { recursive: true });
        cpSync(source, target, { recursive: true });
      }
    }
  }
  const ignored = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter(line => /^\w/.test(line));
  expect(ignored).toContain('src/demo');
  for (const name of ignored.filter(each => each !== 'src/store/generated'))
    rmSync(join(folder, name), { recursive: true });
  return folder;
}

function copyPackages(folder: string): void {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages)) {
    if (path === '' || dev === true || !existsSync(path)) continue;
    // What lies inside another package comes with it, unless that one is for development.
    if (path.lastIndexOf('node_modules/') === 0) cpSync(path, join(folder, path), { recursive: true });
  }
}

const listing = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => `${name} ${statSync(join(folder, name)).mtimeMs}`)
    .toSorted();

describe('the image', () => {
  let folder: string;
  let database: TestDatabase;
  let redis: RedisServer;
  let environment: Record<string, string>;
  let run: Run;

  beforeAll(async () => {
    folder = assemble();
    [database, redis] = await Promise.all([emptyDatabase(), startRedis()]);
    const secrets = tempFolder();
    const secret = (name: string, value: string) => {
      writeFileSync(join(secrets, name), `${value}\n`);
      return join(secrets, name);
    };
    const { DATA_DIR: _, BIND_ADDRESS: __, ...ports } = await freshEnvironment();
    environment = {
      ...ports,
      ...environmentOfImage,
      ISSUER: 'https://id.example.com',
      DATABASE_URL_FILE: secret('database_url', database.url),
      REDIS_URL_FILE: secret('redis_url', redis.url),
      ENCRYPTION_KEYS_FILE: secret('encryption_keys', makeEncryptionKey()),
      SMTP_URL_FILE: secret('smtp_url', 'smtp://127.0.0.1:25'),
    };
  }, 120_000);
  afterAll(async () => {
    endAll();
    await database.drop();
    await redis.stop();
  });

  const inImage = (...words: string[]) =>
    spawnSync(process.execPath, words, { cwd: folder, env: environment, encoding: 'utf8' });

  test('migrates, starts, is healthy, serves, writes nothing, and stops, with no development dependency', async () => {
    const before = listing(folder);
    const migrated = inImage('src/cli.ts', 'migrate');
    expect(migrated.stdout + migrated.stderr).toMatch(/^Applied /);

    run = runServer(environment, [
      process.execPath,
      '--input-type=module',
      '-e',
      `process.chdir(${JSON.stringify(folder)}); await import(${JSON.stringify(join(folder, 'src/server.ts'))});`,
    ]);
    await run.ready();
    const [, health = ''] = /HEALTHCHECK .* CMD \["node", "-e", "(.*)"\]/.exec(finalStage) ?? [];
    expect(inImage('-e', health).status).toBe(0);
    const discovery = await fetch(`http://127.0.0.1:${environment['PORT']}/.well-known/openid-configuration`);
    expect(await discovery.json()).toMatchObject({ issuer: 'https://id.example.com' });
    const docs = await fetch(`http://127.0.0.1:${environment['MANAGEMENT_PORT']}/api/docs`);
    expect(docs.status).toBe(200);
    expect(inImage('src/cli.ts', 'setup-link').stdout).toMatch(/^https:\/\/id\.example\.com\/setup\//);

    run.signal('SIGTERM');
    expect(await run.exit).toBe(0);
    await until('the health check fails', () => inImage('-e', health).status === 1);
    expect(listing(folder)).toEqual(before);
  }, 60_000);

  test('runs as somebody else than root', () => {
    expect(finalStage).toMatch(/^USER node$/m);
    expect(finalStage.indexOf('USER node')).toBeLessThan(finalStage.indexOf('CMD ['));
  });
});

describe('compose.yaml', () => {
  interface Service {
    environment?: Record<string, string>;
    secrets?: string[];
    read_only?: boolean;
    ports?: string[];
    command?: string[];
    depends_on?: Record<string, { condition: string }>;
  }
  const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
    services: Record<'gatehouse' | 'migrate' | 'postgres' | 'redis', Service>;
    secrets: Record<string, { file: string }>;
  };

  test('uses settings that exist, secrets by file only, and every secret that it names', () => {
    const known = new Set(Object.values(definitions).flatMap(({ env }) => [env, `${env}_FILE`]));
    const { environment = {}, secrets = [] } = compose.services.gatehouse;
    for (const name of Object.keys(environment)) expect(known).toContain(name);
    for (const { env, isSecret } of Object.values(definitions)) {
      if (isSecret === true) expect(environment).not.toHaveProperty(env);
    }
    for (const [name, value] of Object.entries(environment)) {
      if (name.endsWith('_FILE')) expect(secrets).toContain(value.replace('/run/secrets/', ''));
    }
    const named = Object.values(compose.services).flatMap(service => service.secrets ?? []);
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.secrets)));
  });

  test('migrates before it starts, keeps the root file system closed, and publishes no operations port', () => {
    const { gatehouse, migrate } = compose.services;
    expect(gatehouse.depends_on?.['migrate']?.condition).toBe('service_completed_successfully');
    expect([gatehouse.read_only, migrate.read_only]).toEqual([true, true]);
    expect(migrate.command).toEqual(['node', 'src/cli.ts', 'migrate']);
    expect(gatehouse.ports?.some(port => port.includes('3002'))).toBe(false);
  });
});
