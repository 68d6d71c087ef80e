import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveClient } from '../../src/clients/index.ts';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { makeEncryptionKey } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { runCli } from '../support/run-cli.ts';
import { emptyDatabase, selectRows, type TestDatabase } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';
import { endAll, freshEnvironment, type Run, runServer } from './run-server.ts';

let database: TestDatabase;
let environment: Record<string, string>;
let run: Run;

async function registerClient(): Promise<void> {
  const store = openDatabase({ url: database.url, poolSize: 1 });
  const metadata = {
    client_id: 'app',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['https://app.example/callback'],
  };
  await store.prisma.$transaction(transaction =>
    saveClient(
      { transaction, clock: systemClock, sealer: createSealer([{ id: 'any', bytes: Buffer.alloc(32) }]) },
      { metadata, secret: undefined },
    ),
  );
  await store.close();
}

const cli = (...words: string[]) => runCli(environment, ...words);

beforeAll(async () => {
  database = await emptyDatabase();
  const { PASSWORD_HASH_CONCURRENCY: _, ...defaults } = await freshEnvironment();
  environment = {
    ...defaults,
    NODE_ENV: 'production',
    ISSUER: 'https://id.example.com',
    DATABASE_URL: database.url,
    ENCRYPTION_KEYS: makeEncryptionKey(),
    SMTP_URL: 'smtp://127.0.0.1:25',
  };
});
afterAll(async () => {
  endAll();
  await database.drop();
});

describe('an operator', () => {
  test('migrates from ten places at once, and once is enough', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => cli('migrate')));
    expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 0));
    expect(answers.filter(({ said }) => said.startsWith('Applied '))).toHaveLength(1);
    expect(answers.filter(({ said }) => said === 'The database is up to date.')).toHaveLength(9);
  }, 60_000);

  test('starts it: no demo, no data folder, no gallery', async () => {
    run = runServer(environment);
    await run.ready();
    expect(run.output()).not.toMatch(/Demo account|Mailbox|Sample/);
    expect(existsSync(run.dataDir)).toBe(false);
    const clients = await selectRows(database.url, 'SELECT id FROM client');
    const accounts = await selectRows(database.url, 'SELECT id FROM account');
    expect([clients, accounts]).toEqual([[{ id: 'gatehouse-account' }], []]);
    expect((await fetch(`http://127.0.0.1:${environment['PORT']}/gallery`)).status).toBe(404);
  }, 30_000);

  test('gets https everywhere: addresses, cookies, Strict-Transport-Security', async () => {
    const base = `http://127.0.0.1:${environment['PORT']}`;
    const response = await fetch(`${base}/.well-known/openid-configuration`, {
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
    });
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      issuer: 'https://id.example.com',
      token_endpoint: 'https://id.example.com/token',
    });
    expect(text).not.toContain('evil');
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    const device = await fetch(`${base}/device`);
    const cookies = device.headers.getSetCookie();
    expect(cookies.some(cookie => cookie.startsWith('__Host-gatehouse_session='))).toBe(true);
    for (const cookie of cookies) expect(cookie).toMatch(/; secure; httponly/i);
  });

  test('a sign-in leaves nothing in a browser that plain http or a sibling host could touch', async () => {
    await registerClient();
    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'https://app.example/callback',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const base = `http://127.0.0.1:${environment['PORT']}`;
    const answer = await fetch(`${base}/auth?${query.toString()}`, { redirect: 'manual' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/^(https:\/\/id\.example\.com)?\/interaction\//);
    const cookies = answer.headers.getSetCookie();
    const names = cookies.map(cookie => cookie.split('=')[0] ?? '').filter(name => !name.endsWith('.sig'));
    expect(names).toContain('__Secure-gatehouse_interaction');
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^(__Host|__Secure)-/);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).toMatch(/; secure; httponly/i);
      expect(cookie).not.toMatch(/; domain=/i);
    }
  });

  test('gets a set-up link that the running server takes, and each new one ends the one before', async () => {
    const first = await cli('setup-link');
    const second = await cli('setup-link');
    expect(second.said).toMatch(/^https:\/\/id\.example\.com\/setup\/[\w-]{43}$/);
    const open = async (link: string) =>
      (
        await new UserAgent().open(
          link.replace('https://id.example.com', `http://127.0.0.1:${environment['PORT']}`),
        )
      ).status;
    expect(await open(first.said)).toBe(410);
    expect(await open(second.said)).toBe(200);
    await selectRows(
      database.url,
      "INSERT INTO account (id, email, email_key, is_owner, created_at, updated_at) VALUES (gen_random_uuid(), 'o@example.com', 'o@example.com', true, now(), now())",
    );
    expect(await open(second.said)).toBe(410);
    expect(await cli('setup-link')).toEqual({
      code: 1,
      said: 'There is an administrator already. No link was made.',
    });
  }, 30_000);

  test('gets an encryption key that fits, and a clear word when settings are missing', async () => {
    const { said } = await cli('make-encryption-key');
    expect(loadSettings({ ENCRYPTION_KEYS: said }).encryptionKeys).toHaveLength(1);
    const { DATABASE_URL: _, ...without } = environment;
    const { status, stderr } = spawnSync(process.execPath, ['src/cli.ts', 'migrate'], {
      env: without,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('DATABASE_URL is missing.');
    expect(stderr).not.toContain('    at ');
  });
});
