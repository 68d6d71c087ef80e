import { authorizationCodeGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import { loadSettings } from '../../src/config/index.ts';
import { dateOf, keyedDigest, systemClock } from '../../src/kernel/index.ts';
import { type KeySet, keyKinds, localPrivateKeys, openKeyRing, rotateKeys } from '../../src/keys/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createPasswordHasher, storePasswordHash } from '../../src/passwords/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer, type Database, openDatabase, type Sealer } from '../../src/store/index.ts';
import type { Person } from '../support/relying-party.ts';
import { until } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';
import { checksOf } from './fapi-client.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

let op: OpUnderTest;
let database: Database;
let sealer: Sealer;
beforeAll(async () => {
  op = await startOp();
  database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 2 });
  sealer = createSealer(encryptionKeys(loadSettings(op.gatehouse.environment)));
});
afterAll(async () => {
  await database.close();
  await op.close();
});
afterEach(() => vi.useRealTimers());

/** What this client sees of somebody, in the ID token and from userinfo. */
async function subjectFor(client: TestClient, redirectUri = callback, person: Person = op.person) {
  const agent = new UserAgent([new URL(redirectUri).origin]);
  const params = { redirect_uri: redirectUri };
  const response = await op.authorize({ client, agent, person, params });
  const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
  const userinfo = await fetch(String(op.metadata.userinfo_endpoint), {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  const { sub } = (await userinfo.json()) as { sub: string };
  expect(tokens.claims()?.sub).toBe(sub);
  return sub;
}

/** Beside the demo account. @returns its id too */
async function addPerson(email: string): Promise<Person & { id: string }> {
  const hasher = await createPasswordHasher({ concurrency: 1, queue: 1 });
  const hash = await hasher.hash(op.person.password);
  await hasher.close();
  const id = await database.prisma.$transaction(async transaction => {
    const account = { email, claims: {}, isEmailVerified: true, isOwner: false };
    const accountId = await createAccount({ transaction, clock: systemClock }, account);
    await storePasswordHash(transaction, { accountId, hash, changedAt: dateOf(systemClock) });
    return accountId;
  });
  return { id, email, password: op.person.password };
}

/** The salts that are stored, the newest first. */
async function storedSalts(): Promise<KeySet['pairwise']> {
  const ring = await openKeyRing({
    database,
    sealer,
    privateKeys: localPrivateKeys,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    policy: { rotationMs: 90 * 86_400_000, announcementMs: 86_400_000 },
  });
  ring.close();
  return ring.current().pairwise;
}

/** Every key, and waits for the process to follow. */
async function rotateEverything(): Promise<void> {
  const published = async () =>
    ((await (await fetch(String(op.metadata.jwks_uri))).json()) as { keys: object[] }).keys.length;
  const before = await published();
  await rotateKeys(
    { database, sealer, privateKeys: localPrivateKeys, clock: systemClock },
    { kinds: keyKinds, announcementMs: 0 },
  );
  await until('the keys are new', async () => (await published()) > before);
}

const pairwise = { subject_type: 'pairwise' };
const elsewhere = 'https://other.example/callback';

describe('OpenID Connect Core 1.0 section 8 · Subject identifier types', () => {
  test('public: the same for every client', async () => {
    const [one, other] = [await op.register(), await op.register({ redirect_uris: [elsewhere] })];
    expect(await subjectFor(one)).toBe(await subjectFor(other, elsewhere));
  });

  test('pairwise: the same for the apps of one host, another for every other host, and nothing that one could tell it by', async () => {
    const [one, sibling] = [await op.register(pairwise), await op.register(pairwise)];
    const other = await op.register({ ...pairwise, redirect_uris: [elsewhere] });
    const subject = await subjectFor(one);
    expect(await subjectFor(sibling)).toBe(subject);
    const subjects = [subject, await subjectFor(other, elsewhere), await subjectFor(await op.register())];
    expect(new Set(subjects).size).toBe(3);
  });

  test('pairwise: a new salt is for new accounts only, so that no rotation changes what an app knows', async () => {
    const client = await op.register(pairwise);
    const of = (person: Person) => subjectFor(client, callback, person);
    const old = await of(op.person);
    await rotateEverything();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 });
    const grace = await addPerson('grace@example.com');
    const young = await of(grace);
    expect(await of(op.person)).toBe(old);

    const made = (salt: string) => keyedDigest(salt, `pairwise/${new URL(callback).host}`, grace.id);
    const salts = await storedSalts();
    expect(salts.map(({ salt }) => made(salt))).toEqual([young, expect.any(String)]);
    expect(made(salts[1]?.salt ?? '')).not.toBe(young);

    await rotateEverything();
    expect(await storedSalts()).toHaveLength(3);
    expect([await of(op.person), await of(grace)]).toEqual([old, young]);
    const late = await op.register(pairwise);
    expect(await subjectFor(late)).toBe(old);
  });
});
