import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPasswordHasher, isKnownHash, type PasswordHasher } from '../../src/passwords/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runCli } from '../support/run-cli.ts';
import { selectRows } from '../support/services.ts';

/** Made by others, as they publish them. */
const hashes = [
  ['bcrypt', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  [
    'scrypt',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
    'password',
  ],
  [
    'PBKDF2 with SHA-256',
    '$pbkdf2-sha256$29000$MDEyMzQ1Njc4OWFiY2RlZg$G/O7bynZBig0xpI9OJ2.zH5iXh/vIAuDcj9JVCTUa3k',
    'password',
  ],
  [
    'argon2i of 64 MiB',
    '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    'password',
  ],
] as const;

describe('a hash of another system', () => {
  let hasher: PasswordHasher;
  beforeAll(async () => {
    hasher = await createPasswordHasher({ concurrency: 1, queue: 10 });
  });
  afterAll(() => hasher.close());

  test.each(hashes)('%s is verified as it is', async (_kind, hash, password) => {
    expect(isKnownHash(hash)).toBe(true);
    expect(await hasher.verify(hash, password)).toBe(true);
    expect(await hasher.verify(hash, `${password}x`)).toBe(false);
    expect(hasher.isCurrent(hash)).toBe(false);
  });

  test.each([
    ['MD5', '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0'],
    ['plain text', 'password'],
    [
      'scrypt with 16 GiB',
      '$scrypt$ln=24,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
    ],
    ['bcrypt that takes an hour', '$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    [
      'argon2 with 4 GiB',
      '$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    ],
  ])('%s is not taken', (_what, hash) => {
    expect(isKnownHash(hash)).toBe(false);
  });

  test('what another system hashed as it was typed is right here too', async () => {
    // PBKDF2 of "café" with the accent as a character of its own.
    const { pbkdf2Sync } = await import('node:crypto');
    const typed = 'cafe\u0301';
    const digest = pbkdf2Sync(typed, 'salt', 1000, 32, 'sha512').toString('base64').replaceAll('=', '');
    expect(await hasher.verify(`$pbkdf2-sha512$i=1000$c2FsdA$${digest}`, typed)).toBe(true);
  });
});

describe('an account that comes from there', () => {
  let op: OpUnderTest;
  let web: TestClient;
  beforeAll(async () => {
    op = await startOp();
    web = await op.register();
  });
  afterAll(() => op.close());

  const stored = async () =>
    (await selectRows<{ hash: string }>(op.gatehouse.databaseUrl, 'SELECT hash FROM password_credential'))[0]
      ?.hash;

  test.each(hashes)('signs in with %s, and leaves a hash of ours behind', async (_kind, hash, password) => {
    const { email } = op.person;
    const { code, said } = await runCli(op.gatehouse.environment, 'import-password', email, hash);
    expect({ code, said }).toEqual({ code: 0, said: 'The password of the other system is good here.' });
    expect(await stored()).toBe(hash);
    const response = await op.authorize({ client: web, person: { email, password } });
    expect(response.params.get('code')).not.toBeNull();
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('who imports what cannot be verified is told so', async () => {
    const before = await stored();
    const md5 = '$1$abcdefgh$irWbblnpmw.5z7wgBnprh0';
    const { code, said } = await runCli(op.gatehouse.environment, 'import-password', op.person.email, md5);
    expect(code).toBe(1);
    expect(said).toContain('no hash that can be verified here');
    expect(await stored()).toBe(before);
  });
});
