import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { newSecret, systemClock } from '../../src/kernel/index.ts';
import { type ArtifactStore, type Change, createRedisArtifactStore } from '../../src/store/index.ts';
import { freePort, startRedis, tempFolder, until } from '../support/services.ts';
import { spawnTied } from '../support/spawn-tied.ts';

const password = 'a:p@ss/word';

function put(model: string, id: string, more: Partial<Extract<Change, { kind: 'put' }>> = {}): Change {
  return { kind: 'put', model, id, payload: {}, expiresInSeconds: 100, ...more };
}

/** One of everything, so that every key a script touches is touched. */
async function expectWorks(store: ArtifactStore): Promise<void> {
  const [grantId, token, session] = [newSecret(), newSecret(), newSecret()];
  const first = [
    put('Grant', grantId),
    put('RefreshToken', token, { grantId }),
    put('Session', session, { lookup: 'uid' }),
  ];
  await store.ping();
  expect(await store.commit(first)).toBeUndefined();
  expect((await store.find('RefreshToken', token))?.grant?.id).toBe(grantId);
  expect((await store.findByLookup('Session', 'uid'))?.id).toBe(session);
  const next: Change[] = [
    { kind: 'consume', model: 'RefreshToken', id: token, at: 5 },
    put('AccessToken', newSecret(), { grantId }),
    { kind: 'destroy', model: 'Session', id: session },
  ];
  expect(await store.commit(next)).toBeUndefined();
  expect(await store.findByLookup('Session', 'uid')).toBeUndefined();
  expect(await store.commit([{ kind: 'revoke-grant', id: grantId }])).toBeUndefined();
  expect(await store.find('RefreshToken', token)).toBeUndefined();
}

/** Whether a commit is taken. Either way the store says so soon, and in no other words than that it is away. */
async function isTaken(store: ArtifactStore): Promise<boolean> {
  const startedAt = performance.now();
  const answer = await store.commit([put('AccessToken', 'probe')]).catch((error: unknown) => error);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  if (answer !== undefined) expect(answer).toMatchObject({ code: 'unavailable', status: 503 });
  return answer === undefined;
}

describe('Redis', () => {
  test('as a Cluster takes every operation, because all its keys are in one slot', async () => {
    const busPort = String(await freePort());
    const settings = `--cluster-enabled yes --cluster-port ${busPort} --cluster-announce-ip 127.0.0.1`;
    const server = await startRedis(...settings.split(' '));
    const raw = new Redis(server.url);
    await raw.cluster('ADDSLOTSRANGE', 0, 16_383);
    await raw.config('SET', 'requirepass', password);
    await until('the cluster is whole', async () => (await raw.cluster('INFO')).includes('cluster_state:ok'));
    const login = `default:${encodeURIComponent(password)}`;
    const url = `redis+cluster://${login}@127.0.0.1:${server.port}`;
    const store = await createRedisArtifactStore({ url, clock: systemClock });
    await until('the store answers', () => isTaken(store));
    await expectWorks(store);
    const slots = await Promise.all((await raw.keys('*')).map(key => raw.cluster('KEYSLOT', key)));
    expect(slots.length).toBeGreaterThan(1);
    expect(new Set(slots).size).toBe(1);

    await server.stop();
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await isTaken(store)).toBe(false);
    await server.restart();
    await until('the store works again', () => isTaken(store), 20);
    await expectWorks(store);
    await store.close();
    raw.disconnect();
    await server.stop();
  });

  test('behind Sentinels is asked for by the name of its primary, and followed to the next', async () => {
    const primary = await startRedis();
    const replica = await startRedis('--replicaof', `127.0.0.1 ${primary.port}`);
    const sentinel = await startSentinel(primary.port);
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/gatehouse`;
    const raw = new Redis({ port: sentinel.port });
    await until('the sentinel knows the replica', async () =>
      (await raw.info('sentinel')).includes('slaves=1'),
    );
    const store = await createRedisArtifactStore({ url, clock: systemClock });
    await expectWorks(store);
    await store.commit([put('AccessToken', 'before')]);
    const copy = new Redis({ port: replica.port });
    await until('the replica has it', () => copy.exists('{gatehouse}:AccessToken:before').then(Boolean));

    await primary.kill();
    await until('the store found the next primary', () => isTaken(store), 20);
    expect(await store.find('AccessToken', 'before')).toBeDefined();
    await expectWorks(store);
    await store.close();
    for (const each of [raw, copy]) each.disconnect();
    await sentinel.end();
    await replica.stop();
  }, 60_000);

  test('of several installations keeps them apart', async () => {
    const server = await startRedis();
    const open = (keyPrefix: string) =>
      createRedisArtifactStore({ url: server.url, clock: systemClock, keyPrefix });
    const [one, other] = await Promise.all([open('{one}:'), open('{other}:')]);
    await one.commit([put('Session', 'id', { lookup: 'uid' })]);
    expect(await one.findByLookup('Session', 'uid')).toBeDefined();
    expect(await other.find('Session', 'id')).toBeUndefined();
    expect(await other.findByLookup('Session', 'uid')).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
    await server.stop();
  });
});

async function startSentinel(primaryPort: number): Promise<{ port: number; end(): Promise<void> }> {
  const [folder, port] = [tempFolder(), await freePort()];
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor gatehouse 127.0.0.1 ${primaryPort} 1`,
    'sentinel down-after-milliseconds gatehouse 300',
    'sentinel failover-timeout gatehouse 3000',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const log = join(folder, 'sentinel.log');
  const sentinel = await spawnTied(['redis-server', file, '--sentinel'], log);
  const probe = new Redis({ port, retryStrategy: () => 20 });
  probe.on('error', () => {});
  await until('the sentinel answers', () =>
    probe.ping().then(
      () => true,
      () => false,
    ),
  );
  probe.disconnect();
  return { port, end: () => sentinel.end() };
}
