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
    [{ PORT: '-1' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ MANAGEMENT_PORT: '65536' }, 'MANAGEMENT_PORT must be a whole number from 0 to 65535.'],
    [{ OPERATIONS_PORT: 'http' }, 'OPERATIONS_PORT must be a whole number from 0 to 65535.'],
    [{ SAMPLE_PORT: '3003.5' }, 'SAMPLE_PORT must be a whole number from 0 to 65535.'],
    [
      { ISSUER: 'https://id.example.com/tenant' },
      'ISSUER must be an origin without a path or a slash at the end, such as https://id.example.com.',
    ],
    [
      { DATABASE_URL: 'mysql://db/x' },
      'DATABASE_URL must look like postgresql://user:password@host:5432/database.',
    ],
    [{ DATABASE_POOL_SIZE: '0' }, 'DATABASE_POOL_SIZE must be a whole number from 1 to 500.'],
    [{ SMTP_URL: 'mail.example.com:25' }, 'SMTP_URL must look like smtps://user:password@host:465.'],
    [{ PASSWORD_HASH_CONCURRENCY: '65' }, 'PASSWORD_HASH_CONCURRENCY must be a whole number from 1 to 64.'],
    [{ PASSWORD_HASH_QUEUE: 'many' }, 'PASSWORD_HASH_QUEUE must be a whole number from 0 to 10000.'],
    [{ SHUTDOWN_GRACE_SECONDS: '10s' }, 'SHUTDOWN_GRACE_SECONDS must be a whole number from 0 to 600.'],
    [
      { ENCRYPTION_KEYS: 'a:short' },
      'ENCRYPTION_KEYS must be id:key pairs separated by commas, each key 32 bytes in base64url.',
    ],
    [
      { ENCRYPTION_KEYS: `a:${'x'.repeat(43)},a:${'y'.repeat(43)}` },
      'ENCRYPTION_KEYS must not use the same id for two keys.',
    ],
    [{ KEY_ROTATION_DAYS: '0' }, 'KEY_ROTATION_DAYS must be a whole number from 1 to 3650.'],
    [{ KEY_ANNOUNCEMENT_HOURS: '1000' }, 'KEY_ANNOUNCEMENT_HOURS must be a whole number from 1 to 720.'],
    [{ OUTGOING_CA: 'ca.pem' }, 'OUTGOING_CA must be certificates in PEM.'],
    [
      { CLIENT_DOCUMENT_HOSTS: 'https://app.example.com' },
      'CLIENT_DOCUMENT_HOSTS must be hosts such as app.example.com or localhost:8443, separated by commas.',
    ],
    [
      { DANGEROUSLY_FETCH_FROM: 'localhost:port' },
      'DANGEROUSLY_FETCH_FROM must be hosts such as app.example.com or localhost:8443, separated by commas.',
    ],
    [
      { PASSKEY_RP_ID: 'other.example' },
      'PASSKEY_RP_ID must be localhost, the host of ISSUER, or a domain above it.',
    ],
    [
      { PASSKEY_AAGUIDS: '2fc0579f-8113-47ea-b116-bb5a8db9202a' },
      'PASSKEY_AAGUIDS and PASSKEY_ATTESTATION_ROOTS belong together. Set both, or none.',
    ],
    [
      { MTLS_ORIGIN: 'https://mtls.id.example.com' },
      'MTLS_ORIGIN needs the proxy that asks for client certificates in TRUSTED_PROXIES.',
    ],
    [{ CLIENT_CERTIFICATE_CA: 'ca.pem' }, 'CLIENT_CERTIFICATE_CA must be certificates in PEM.'],
    [{ CLIENT_REGISTRATION: 'open' }, 'CLIENT_REGISTRATION must be token or off.'],
    [{ DANGEROUSLY_OPEN_REGISTRATION: 'false' }, 'DANGEROUSLY_OPEN_REGISTRATION must be true, or left out.'],
    [{ UNUSED_CLIENT_DAYS: '0' }, 'UNUSED_CLIENT_DAYS must be a whole number from 1 to 3650.'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be debug, info, warn, error or silent.'],
    [{ NODE_ENV: 'staging' }, 'NODE_ENV must be development or production.'],
    [{ MAIL_FROM: 'nobody' }, 'MAIL_FROM must be an address, such as Gatehouse <no-reply@example.com>.'],
    [
      { PORT: '4000', MANAGEMENT_PORT: '4000' },
      'MANAGEMENT_PORT and PORT are both 4000. Give each listener a port of its own.',
    ],
    [{ PORT: '0' }, 'PORT 0 needs an ISSUER, because nobody could know the address otherwise.'],
    [
      { OPERATIONS_PORT: '4000', SAMPLE_PORT: '4000' },
      'SAMPLE_PORT and OPERATIONS_PORT are both 4000. Give each listener a port of its own.',
    ],
  ])('%j is refused with what to do, and with nothing else', (environment, message) => {
    expect(problems(environment as unknown as Record<string, string>)).toEqual([message]);
  });

  test('all problems are listed at once, each of them once', () => {
    const wrong = Object.values(definitions).filter(({ env }) => env !== 'DATA_DIR');
    const said = problems(Object.fromEntries(wrong.map(({ env }) => [env, '!'])));
    expect(said.map(line => line.split(' ')[0])).toEqual(wrong.map(({ env }) => env));
  });

  test('production says of each missing setting once what to set it to', () => {
    expect(problems({ NODE_ENV: 'production' }).map(line => line.split('.')[0])).toEqual([
      'ISSUER is missing',
      'DATABASE_URL is missing',
      'ENCRYPTION_KEYS is missing',
      'SMTP_URL is missing',
    ]);
    expect(problems({ NODE_ENV: 'production', ISSUER: 'http://id.example.com' })).toContain(
      'ISSUER must start with https:// in production.',
    );
  });

  test('production refuses what is dangerous, and takes its absence', () => {
    const problem = 'DANGEROUSLY_FETCH_FROM is refused in production. Leave it out.';
    expect(problems({ NODE_ENV: 'production', DANGEROUSLY_FETCH_FROM: 'localhost' })).toContain(problem);
    expect(problems({ NODE_ENV: 'production', DANGEROUSLY_FETCH_FROM: '' })).not.toContain(problem);
    expect(problems({ NODE_ENV: 'development', DANGEROUSLY_FETCH_FROM: 'localhost' })).toEqual([]);
  });

  test('in production the port of the sample does not matter', () => {
    const environment = { NODE_ENV: 'production', PORT: '4000', SAMPLE_PORT: '4000' };
    expect(problems(environment).join()).not.toContain('SAMPLE_PORT');
  });

  test('a value may stand in a file', () => {
    const file = join(tempFolder(), 'secret');
    writeFileSync(file, 'postgresql://u:p@db/x\n');
    expect(loadSettings({ DATABASE_URL_FILE: file }).databaseUrl).toBe('postgresql://u:p@db/x');
    expect(problems({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgresql://a/b' })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set. Keep one of them.',
    ]);
    expect(problems({ MAIL_FROM_FILE: '/nowhere' })).toEqual([
      'MAIL_FROM_FILE names /nowhere, which cannot be read (ENOENT).',
    ]);
    expect(problems({ MAIL_FROM_FILE: tempFolder() })[0]).toContain('cannot be read (EISDIR)');
  });

  test('what is secret is never in a message', () => {
    const secret = 'hunter2hunter2';
    const secrets = Object.values(definitions).filter(({ isSecret }) => isSecret === true);
    expect(secrets.map(({ env }) => env)).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'ENCRYPTION_KEYS',
      'PASSWORD_PEPPERS',
      'SMTP_URL',
    ]);
    const said = problems(Object.fromEntries(secrets.map(({ env }) => [env, secret])));
    expect(said).toHaveLength(5);
    expect(said.join()).not.toContain(secret);
    const misplaced = problems(Object.fromEntries(secrets.map(({ env }) => [`${env}_FILE`, secret])));
    expect(misplaced).toEqual(
      secrets.map(({ env }) => `${env}_FILE names a file that cannot be read (ENOENT).`),
    );
  });
});
