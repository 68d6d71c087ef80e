import { createRemoteJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { keyKinds, localPrivateKeys, rotateKeys } from '../../src/keys/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { runCli } from '../support/run-cli.ts';
import { until } from '../support/services.ts';

const encryptionKey = { id: 'one', bytes: Buffer.alloc(32, 1) };
const es256 = keyKinds[0];
const resource = 'https://notes.example/api';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    environment: { ENCRYPTION_KEYS: `one:${encryptionKey.bytes.toString('base64url')}` },
  });
});
afterAll(() => cluster.close());

async function tokenFrom(url: string): Promise<string> {
  const { client_id, client_secret = '' } = cluster.clients.machine;
  const response = await fetch(`${url}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'notes:read' }),
  });
  const { access_token } = (await response.json()) as { access_token?: string };
  if (access_token === undefined) throw new Error(`no token: ${response.status}`);
  return access_token;
}

async function publishedBy(url: string): Promise<string[]> {
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as JSONWebKeySet;
  return keys.map(({ kid = '' }) => kid);
}

describe('two processes', () => {
  test('rotate under load, and no token fails at an API that keeps a copy of the JWKS', async () => {
    // What an API does, with a copy that is as old as a third of the announcement.
    const keys = createRemoteJWKSet(new URL(`${cluster.issuer}/jwks`), {
      cacheMaxAge: 2_000,
      cooldownDuration: 60_000,
    });
    const database = openDatabase({ url: cluster.databaseUrl, poolSize: 1 });
    const kids: string[] = [];
    const load = { isOver: false };
    async function api(): Promise<void> {
      while (!load.isOver) {
        const token = await tokenFrom(cluster.issuer);
        await jwtVerify(token, keys, { issuer: cluster.issuer, audience: resource });
        kids.push(String(decodeProtectedHeader(token).kid));
      }
    }
    const apis = Promise.all([api(), api(), api()]);
    await until('the API has seen the first key', () => kids.length > 20);
    const [second] = await rotateKeys(
      {
        database,
        sealer: createSealer([encryptionKey]),
        privateKeys: localPrivateKeys,
        clock: systemClock,
      },
      { kinds: [es256], announcementMs: 6_000 },
    );
    await until('the second key signs', () => kids.at(-1) === second, 20);
    await until('and goes on', () => kids.slice(-20).every(kid => kid === second), 20);
    load.isOver = true;
    await expect(apis).resolves.toHaveLength(3);
    expect(new Set(kids)).toHaveLength(2);
    expect(await publishedBy(cluster.issuer)).toEqual(expect.arrayContaining([...new Set(kids)]));
    await database.close();
  }, 60_000);

  test('follow a rotation by command within five seconds, without a restart', async () => {
    const first = decodeProtectedHeader(await tokenFrom(cluster.issuer)).kid;
    const { code, said } = await runCli(
      cluster.environment,
      'keys',
      'rotate',
      '--purpose',
      'signing',
      '--now',
    );
    expect(said).toMatch(/^New: [\w-]{43}(, [\w-]{43}){3}\.$/);
    expect(code).toBe(0);
    for (const { url } of cluster.processes) {
      const kid = await until(
        'it signs with the new key',
        async () => {
          const { kid = '' } = decodeProtectedHeader(await tokenFrom(url));
          return said.includes(kid) && kid;
        },
        5,
      );
      expect(await publishedBy(url)).toEqual(expect.arrayContaining([first, kid]));
    }
    const listed = (await runCli(cluster.environment, 'keys', 'list')).said;
    expect(listed).toMatch(new RegExp(`^${first}  signing ES256  retired, from [^ ]+ until [^ ]+$`, 'm'));
  }, 60_000);

  test('forget a revoked key within five seconds, everywhere it counted', async () => {
    const tokens = await Promise.all(cluster.processes.map(({ url }) => tokenFrom(url)));
    const kid = String(decodeProtectedHeader(String(tokens[0])).kid);
    const { said } = await runCli(cluster.environment, 'keys', 'revoke', kid);
    expect(said).toBe(`The key ${kid} is gone, and another has taken its place.`);
    for (const { url } of cluster.processes) {
      await until('it is not published', async () => !(await publishedBy(url)).includes(kid), 5);
      expect(decodeProtectedHeader(await tokenFrom(url)).kid).not.toBe(kid);
    }
    const again = await runCli(cluster.environment, 'keys', 'revoke', kid);
    expect(again).toEqual({ code: 1, said: `There is no key ${kid}. "keys list" shows all.` });
  }, 60_000);
});
