import { refreshTokenGrant, tokenRevocation } from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, runSql, startRedis, until } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

let redis: RedisServer;
let cluster: Cluster;
let web: RelyingParty;
beforeAll(async () => {
  redis = await startRedis();
  cluster = await startCluster({ redisUrl: redis.url });
  web = await RelyingParty.discover(cluster.issuer, cluster.clients.web, `${cluster.sample.url}/callback`);
});
afterAll(async () => {
  await cluster.close();
  await redis.stop();
});
afterEach(async () => {
  await change("UPDATE account SET status = 'active'; UPDATE client SET is_enabled = true");
  const isIn = () =>
    signIn().then(
      () => true,
      () => false,
    );
  await until(
    'all is as before',
    async () => (await allOf(machine)).every(status => status === 200) && isIn(),
  );
});

const change = (text: string) => runSql(cluster.databaseUrl, text);

/** The answer of each process. */
function allOf<T>(ask: (url: string) => Promise<T>): Promise<T[]> {
  return Promise.all(cluster.processes.map(({ url }) => ask(url)));
}

function post(url: string, path: string, body: Record<string, string>, client = cluster.clients.web) {
  const secret = `${client.client_id}:${client.client_secret ?? ''}`;
  return fetch(url + path, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
    body: new URLSearchParams(body),
  });
}

const machine = async (url: string) =>
  (await post(url, '/token', { grant_type: 'client_credentials' }, cluster.clients.machine)).status;

interface SignedIn {
  agent: UserAgent;
  access: string;
  refresh: string;
}

async function signIn(): Promise<SignedIn> {
  const agent = new UserAgent([cluster.sample.url]);
  const { tokens } = await web.signIn(agent, cluster.account, {
    params: { prompt: 'consent', scope: 'openid offline_access' },
  });
  return { agent, access: tokens.access_token, refresh: tokens.refresh_token ?? '' };
}

/** What is still good for something, in any process. */
async function whatWorks({ agent, access, refresh }: SignedIn): Promise<string[]> {
  const probes: Record<string, (url: string) => Promise<boolean>> = {
    userinfo: async url =>
      (await fetch(`${url}/me`, { headers: { Authorization: `Bearer ${access}` } })).status === 200,
    introspection: async url => {
      const answer = await post(url, '/token/introspection', { token: access });
      return answer.status === 200 && ((await answer.json()) as { active: boolean }).active;
    },
    refresh: async url =>
      (await post(url, '/token', { grant_type: 'refresh_token', refresh_token: refresh })).status === 200,
    'silent sign-in': async () =>
      (await agent.open((await web.request({ prompt: 'none', scope: 'openid' })).url)).url.includes('code='),
  };
  const answers = await Promise.all(
    Object.entries(probes).map(async ([name, probe]) => ((await allOf(probe)).includes(true) ? [name] : [])),
  );
  return answers.flat();
}

const everything = ['userinfo', 'introspection', 'refresh', 'silent sign-in'];

describe('within five seconds, in every process', () => {
  test('an account that was disabled: no token, no session, no introspection', async () => {
    const signedIn = await signIn();
    expect(await whatWorks(signedIn)).toEqual(everything);
    await change("UPDATE account SET status = 'disabled'");
    await until('nothing works', async () => (await whatWorks(signedIn)).length === 0, 5);
  });

  test('a client that was disabled: nothing of its own, and no other client is touched', async () => {
    const signedIn = await signIn();
    await change("UPDATE client SET is_enabled = false WHERE id = 'demo-web'");
    await until('nothing works', async () => (await whatWorks(signedIn)).length === 0, 5);
    expect(await allOf(machine)).toEqual([200, 200]);
    await change("UPDATE client SET is_enabled = false WHERE id = 'demo-machine'");
    await until('it gets no token', async () => (await allOf(machine)).every(status => status === 401), 5);
  });

  test('a grant that was revoked: at once', async () => {
    const signedIn = await signIn();
    const bystander = await signIn();
    await tokenRevocation(web.config, signedIn.refresh);
    expect(await whatWorks(signedIn)).not.toEqual(expect.arrayContaining(['userinfo']));
    expect((await whatWorks(signedIn)).filter(name => name !== 'silent sign-in')).toEqual([]);
    expect(await refreshTokenGrant(web.config, bystander.refresh)).toHaveProperty('access_token');
  });
});
