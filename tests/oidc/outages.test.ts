import { clientCredentialsGrant, fetchUserInfo, refreshTokenGrant } from 'openid-client';
import { afterEach, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import {
  type PostgresServer,
  type RedisServer,
  startPostgres,
  startRedis,
  until,
} from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

let closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  closers = [];
});

async function startAll({ withRedis }: { withRedis: boolean }) {
  const postgres: PostgresServer = await startPostgres();
  closers.push(() => postgres.stop());
  const redis: RedisServer | undefined = withRedis ? await startRedis() : undefined;
  if (redis !== undefined) closers.push(() => redis.stop());
  const cluster: Cluster = await startCluster({ size: 1, databaseUrl: postgres.url, redisUrl: redis?.url });
  closers.push(() => cluster.close());
  const web = await RelyingParty.discover(
    cluster.issuer,
    cluster.clients.web,
    `${cluster.sample.url}/callback`,
  );
  const agent = new UserAgent([cluster.sample.url]);
  const { tokens } = await web.signIn(agent, cluster.account, {
    params: { prompt: 'consent', scope: 'openid offline_access' },
  });
  return { postgres, redis, cluster, web, agent, tokens };
}

const status = async (url: string) => (await fetch(url)).status;

/** What everybody sees while a store is away. Nothing is let through, nothing hangs, and all are told to come back. */
async function expectUnavailable({
  cluster,
  web,
  agent,
  tokens,
}: Awaited<ReturnType<typeof startAll>>): Promise<void> {
  const { operationsUrl } = cluster.processes[0] ?? { operationsUrl: '' };
  expect(await status(`${operationsUrl}/readyz`)).toBe(503);
  expect(await status(`${operationsUrl}/livez`)).toBe(200);

  // Clients and accounts are remembered for three seconds, no longer.
  const userinfo = () =>
    fetch(`${cluster.issuer}/me`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  await until('what was remembered is forgotten', async () => (await userinfo()).status === 503);

  const basic = `Basic ${btoa(`demo-web:${cluster.clients.web.client_secret}`)}`;
  const refresh = await fetch(`${cluster.issuer}/token`, {
    method: 'POST',
    headers: { Authorization: basic },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '' }),
  });
  expect(refresh.status).toBe(503);
  expect(refresh.headers.get('retry-after')).toBe('2');
  expect(await refresh.json()).toMatchObject({ error: 'temporarily_unavailable' });

  expect((await userinfo()).headers.get('retry-after')).toBe('2');

  const page = await agent.open((await web.request()).url);
  // Either our page or, where the app could be told, the app: never a code.
  if (page.url.startsWith(cluster.sample.url)) {
    expect(new URL(page.url).searchParams.get('error')).toBe('temporarily_unavailable');
  } else {
    expect(page.status).toBe(503);
    expect(page.headers.get('retry-after')).toBe('2');
    expect(page.text).toContain('Not available at the moment');
  }
}

async function expectRecovered({
  cluster,
  web,
  agent,
  tokens,
}: Awaited<ReturnType<typeof startAll>>): Promise<void> {
  const { operationsUrl, output } = cluster.processes[0] ?? { operationsUrl: '', output: [] };
  await until('ready again', async () => (await status(`${operationsUrl}/readyz`)) === 200, 20);
  // The refresh token that was refused with 503 is not used up.
  const next = await refreshTokenGrant(web.config, tokens.refresh_token ?? '');
  await expect(
    fetchUserInfo(web.config, next.access_token, tokens.claims()?.sub ?? ''),
  ).resolves.toBeDefined();
  const { page } = await answerPages(
    agent,
    await agent.open((await web.request({ prompt: 'login' })).url),
    cluster.account,
  );
  expect(page.url).toContain('code=');
  expect(output.join('\n')).not.toContain('UNHANDLED');
}

describe('Redis', () => {
  test('goes away and comes back', async () => {
    const all = await startAll({ withRedis: true });
    await all.redis?.stop();
    await expectUnavailable(all);
    await all.redis?.restart();
    await expectRecovered(all);
  }, 60_000);

  test('hangs: answers come within seconds all the same', async () => {
    const all = await startAll({ withRedis: true });
    all.redis?.pause();
    const startedAt = performance.now();
    await expectUnavailable(all);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    all.redis?.resume();
    await expectRecovered(all);
  }, 60_000);

  test('loses power: what was acknowledged a second before is still there', async () => {
    const all = await startAll({ withRedis: true });
    // appendfsync everysec writes in the kernel at once and to the disk within a second; a killed server loses nothing.
    await all.redis?.kill();
    await all.redis?.restart();
    await expectRecovered(all);
  }, 60_000);
});

describe('PostgreSQL', () => {
  test.each([{ withRedis: true }, { withRedis: false }])(
    'goes away and comes back (Redis: $withRedis)',
    async options => {
      const all = await startAll(options);
      await all.postgres.stop();
      await expectUnavailable(all);
      await all.postgres.restart();
      await expectRecovered(all);
      const machine = await RelyingParty.discover(all.cluster.issuer, all.cluster.clients.machine, '');
      const resource = 'https://notes.example/api';
      await expect(
        clientCredentialsGrant(machine.config, { resource, scope: 'notes:read' }),
      ).resolves.toMatchObject({ scope: 'notes:read' });
    },
    60_000,
  );
});
