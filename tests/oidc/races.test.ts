import { Agent, request as httpRequest } from 'node:http';
import { refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, startRedis } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

const rounds = 200;
const atOnce = 20;
const keepAlive = new Agent({ keepAlive: true, maxSockets: atOnce });

interface Answer {
  status: number;
  body: { error?: string; access_token?: string; refresh_token?: string };
}

/** Straight to one process: behind a proxy the two would take turns more politely than they do in production. */
function redeem(
  processUrl: string,
  { client_id: id, client_secret: secret = '' }: Cluster['clients']['web'],
  body: Record<string, string>,
): Promise<Answer> {
  const text = new URLSearchParams(body).toString();
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${processUrl}/token`,
      {
        method: 'POST',
        agent: keepAlive,
        auth: `${id}:${secret}`,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(text),
        },
      },
      response => {
        let answer = '';
        response.on('data', (chunk: Buffer) => (answer += chunk.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) as Answer['body'] }),
        );
      },
    );
    request.once('error', reject);
    request.end(text);
  });
}

describe.each(['redis', 'postgres'] as const)('over two processes, %s driver', driver => {
  let redis: RedisServer | undefined;
  let cluster: Cluster;
  let web: RelyingParty;
  let agent: UserAgent;

  beforeAll(async () => {
    redis = driver === 'redis' ? await startRedis() : undefined;
    cluster = await startCluster({ redisUrl: redis?.url });
    web = await RelyingParty.discover(cluster.issuer, cluster.clients.web, `${cluster.sample.url}/callback`);
    agent = new UserAgent([cluster.sample.url]);
    await web.signIn(agent, cluster.account, {
      params: { prompt: 'consent', scope: 'openid offline_access' },
    });
  });
  afterAll(async () => {
    keepAlive.destroy();
    await cluster.close();
    await redis?.stop();
  });

  /** The same request twenty times at once, to both processes in turn. */
  const race = (body: Record<string, string>) =>
    Promise.all(
      Array.from({ length: atOnce }, (_, index) =>
        redeem(cluster.processes[index % 2]?.url ?? '', cluster.clients.web, body),
      ),
    );

  function expectOneWinner(answers: Answer[]): Answer['body'] {
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    const losers = answers.filter(({ status }) => status !== 200);
    expect(losers.every(({ status, body }) => status === 400 && body.error === 'invalid_grant')).toBe(true);
    return winners[0]?.body ?? {};
  }

  test(`of ${atOnce} redemptions of one code exactly one wins, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { url, verifier } = await web.request({ prompt: 'none', scope: 'openid' });
      const code = new URL((await agent.open(url)).url).searchParams.get('code') ?? '';
      expectOneWinner(
        await race({
          grant_type: 'authorization_code',
          code,
          redirect_uri: web.redirectUri,
          code_verifier: verifier,
        }),
      );
      // Using a code twice ended its grant, so the person is asked once more; the session itself goes on.
      await answerPages(
        agent,
        await agent.open((await web.request({ scope: 'openid' })).url),
        cluster.account,
      );
    }
  }, 300_000);

  test(`${atOnce} uses of one refresh token are one rotation: there is one successor, and it works, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { tokens } = await web.signIn(agent, cluster.account, {
        params: { prompt: 'consent', scope: 'openid offline_access' },
      });
      const used = tokens.refresh_token ?? '';
      const answers = await race({ grant_type: 'refresh_token', refresh_token: used });
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      const successors = new Set(answers.map(({ body }) => body.refresh_token));
      expect(successors.size).toBe(1);
      const [successor = ''] = successors;
      expect(successor).not.toBe(used);
      const next = await refreshTokenGrant(web.config, successor);
      // Once the successor was used, the first is a stolen one: it ends everything, and nothing of it wins twice.
      const late = await race({ grant_type: 'refresh_token', refresh_token: used });
      expect(late.every(({ status, body }) => status === 400 && body.error === 'invalid_grant')).toBe(true);
      await expect(refreshTokenGrant(web.config, next.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
    // Positive control: used one after the other, each gives the next.
    const { tokens } = await web.signIn(agent, cluster.account, {
      params: { prompt: 'consent', scope: 'openid offline_access' },
    });
    let token = tokens.refresh_token ?? '';
    for (let use = 0; use < 5; use += 1)
      token = (await refreshTokenGrant(web.config, token)).refresh_token ?? '';
  }, 300_000);

  test('four silent sign-ins of one browser at once give four codes that work, 25 times', async () => {
    await web.signIn(agent, cluster.account);
    for (let round = 0; round < 25; round += 1) {
      const silent = () => web.signIn(agent.clone(), cluster.account, { params: { prompt: 'none' } });
      const results = await Promise.all([silent(), silent(), silent(), silent()]);
      expect(new Set(results.map(({ tokens }) => tokens.access_token)).size).toBe(4);
    }
  }, 60_000);
});
