import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { definitions, loadSettings } from '../../src/config/index.ts';
import { StartupError } from '../../src/kernel/index.ts';
import { tempFolder } from '../support/services.ts';

function problems(environment: Record<string, string>): string[] {
  try {
    loadSettings(environment);
    return [];
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return error.message.split('\n  - ').slice(1);
  }
}

describe('settings', () => {
  test('have defaults that suit a newcomer, and are frozen', () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({
      mode: 'development',
      issuer: 'http://localhost:3000',
      port: 3000,
      bindAddress: '127.0.0.1',
    });
    expect(() => Object.assign(settings, { port: 1 })).toThrow(TypeError);
  });

  test('an empty variable counts as not given', () => {
    expect(loadSettings({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 3000 });
  });

  test('the issuer follows the port unless it is given', () => {
    expect(loadSettings({ PORT: '4000' }).issuer).toBe('http://localhost:4000');
    expect(loadSettings({ PORT: '4000', ISSUER: 'https://id.example.com' }).issuer).toBe(
      'https://id.example.com',
    );
  });

  test.each([
    [{ PORT: '70000' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ PORT: '1e3' }, 'PORT must be a whole number from 0 to 65535.'],
    [
      { ISSUER: 'https://id.example.com/' },
      'ISSUER must be an origin without a path or a slash at the end, such as https://id.example.com.',
    ],
    [
      { ISSUER: 'not a url' },
      'ISSUER must be an origin without a path or a slash at the end, such as https://id.example.com.',
    ],
    [
      { BIND_ADDRESS: 'localhost' },
      'BIND_ADDRESS must be an IP address of this machine, such as 127.0.0.1 or 0.0.0.0.',
    ],
    [
      { TRUSTED_PROXIES: '10.0.0.0/33' },
      'TRUSTED_PROXIES must be address ranges such as 10.0.0.0/8 or fd00::/8, separated by commas.',
    ],
    [
      { TRUSTED_PROXIES: 'proxy' },
      'TRUSTED_PROXIES must be address ranges such as 10.0.0.0/8 or fd00::/8, separated by commas.',
    ],
    [
      { REDIS_URL: 'http://x' },
      'REDIS_URL must start with redis://, rediss://, redis+sentinel:// or redis+cluster://.',
    ],
    [
      { ENCRYPTION_KEYS: `a:${'x'.repeat(43)},a:${'y'.repeat(43)}` },
      'ENCRYPTION_KEYS must not use the same id for two keys.',
    ],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be debug, info, warn, error or silent.'],
    [{ NODE_ENV: 'staging' }, 'NODE_ENV must be development or production.'],
    [{ MAIL_FROM: 'nobody' }, 'MAIL_FROM must be an address, such as Gatehouse <no-reply@example.com>.'],
    [
      { PORT: '4000', MANAGEMENT_PORT: '4000' },
      'MANAGEMENT_PORT and PORT are both 4000. Give each listener a port of its own.',
    ],
    [{ PORT: '0' }, 'PORT 0 needs an ISSUER, because nobody could know the address otherwise.'],
  ])('%j is refused with what to do', (environment, message) => {
    expect(problems(environment as unknown as Record<string, string>)).toContain(message);
  });

  test('all problems are listed at once', () => {
    expect(problems({ PORT: 'x', LOG_LEVEL: 'y', SMTP_URL: 'z' })).toHaveLength(3);
  });

  test('a value may stand in a file', () => {
    const file = join(tempFolder(), 'secret');
    writeFileSync(file, 'postgresql://u:p@db/x\n');
    expect(loadSettings({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgresql://u:p@db/x');
    expect(problems({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgresql://a/b' })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set. Keep one of them.',
    ]);
    expect(problems({ DATABASE_URL_FILE: '/nowhere' })).toEqual([
      'DATABASE_URL_FILE names /nowhere, which cannot be read (ENOENT).',
    ]);
  });

  test('what is secret is never in a message', () => {
    const secret = 'hunter2hunter2';
    const secrets = Object.values(definitions).filter(({ isSecret }) => isSecret === true);
    expect(secrets.map(({ env }) => env)).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'ENCRYPTION_KEYS',
      'SMTP_URL',
    ]);
    const said = problems(Object.fromEntries(secrets.map(({ env }) => [env, secret])));
    expect(said).toHaveLength(4);
    expect(said.join()).not.toContain(secret);
  });
});
