import { base64url, createLocalJWKSet, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { type KeySet, localPrivateKeys, openKeyRing } from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, runSql, selectRows, type TestDatabase } from '../support/services.ts';
import { signJwt } from '../support/sign-jwt.ts';

const key = (id: string, byte: number) => ({ id, bytes: Buffer.alloc(32, byte) });
const [one, two] = [key('one', 1), key('two', 2)];

let server: TestDatabase;
let database: Database;

beforeEach(async () => {
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 12 });
});
afterEach(async () => {
  await database.close();
  await server.drop();
});

async function load(encryptionKeys: { id: string; bytes: Buffer }[]): Promise<KeySet> {
  const ring = await openKeyRing({
    database,
    sealer: createSealer(encryptionKeys),
    privateKeys: localPrivateKeys,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    policy: { rotationMs: 90 * 86_400_000, announcementMs: 86_400_000 },
  });
  ring.close();
  return ring.current();
}

const comparable = ({ signing, cookie }: KeySet) =>
  JSON.stringify([signing.map(({ publicJwk }) => publicJwk), cookie]);

describe('keys', () => {
  test('are made once by ten processes that start together', async () => {
    const sets = await Promise.all(Array.from({ length: 10 }, () => load([one])));
    expect(new Set(sets.map(set => comparable(set)))).toHaveLength(1);
    expect(sets[0]?.signing.map(({ algorithm }) => algorithm)).toEqual(['ES256', 'RS256', 'PS256', 'EdDSA']);
    expect(sets[0]?.cookie).toHaveLength(1);
  });

  test('are sealed at rest: the table has no private part and no cookie key', async () => {
    const { cookie } = await load([one]);
    const rows = await database.prisma.key.findMany({ where: { purpose: 'signing' } });
    const opened = await Promise.all(
      rows.map(row => createSealer([one]).open(row.sealedKey, `key/${row.id}`)),
    );
    const stored = JSON.stringify(await selectRows(server.url, 'SELECT * FROM key'));
    for (const secret of [...opened.map(jwk => String((JSON.parse(jwk) as JWK).d)), ...cookie]) {
      expect(secret.length).toBeGreaterThan(30);
      expect(stored).not.toContain(secret);
    }
    expect(stored).toContain('"ES256"');
  });

  test('open with any key of the ring, and with no other', async () => {
    const before = await load([one]);
    await expect(load([two])).rejects.toThrow(
      /no encryption key with the id "one".*ENCRYPTION_KEYS must contain/,
    );
    await expect(load([key('one', 9)])).rejects.toThrow(/cannot be decrypted/);
    expect(comparable(await load([one, two]))).toBe(comparable(before));
  });

  test('are sealed again with the first key of the ring, so that the old one can leave it', async () => {
    const before = await load([one]);
    // Two processes at once.
    const after = await Promise.all([load([two, one]), load([two, one])]);
    expect(after.map(comparable)).toEqual([comparable(before), comparable(before)]);
    expect(comparable(await load([two]))).toBe(comparable(before));
    await expect(load([one])).rejects.toThrow(/no encryption key with the id "two"/);
  });

  test('sign so that a library we did not write verifies it, and nothing else', async () => {
    for (const key of (await load([one])).signing) {
      const publicKey = createLocalJWKSet({ keys: [key.publicJwk] as JSONWebKeySet['keys'] });
      // Enough for integers that begin with a high bit, and for some that are short.
      for (let round = 0; round < 1000; round += 1) {
        const jwt = await signJwt(key, {}, { round });
        const { payload, protectedHeader } = await jwtVerify(jwt, publicKey);
        expect(payload).toEqual({ round });
        expect(protectedHeader).toEqual({ alg: key.algorithm, kid: key.kid });
      }
      const [header, , signature] = (await signJwt(key, {}, { round: 0 })).split('.');
      const tampered = `${header}.${base64url.encode(JSON.stringify({ round: 1 }))}.${signature}`;
      await expect(jwtVerify(tampered, publicKey)).rejects.toThrow('signature verification failed');
    }
  });

  test('cannot be moved to another row', async () => {
    await load([one]);
    await runSql(
      server.url,
      "UPDATE key SET sealed_key = (SELECT sealed_key FROM key WHERE algorithm = 'ES256') WHERE algorithm = 'RS256'",
    );
    await expect(load([one])).rejects.toThrow('a sealed value was moved to another row');
  });

  test('a ring without keys is refused', () => {
    expect(() => createSealer([])).toThrow('at least one key');
  });
});
