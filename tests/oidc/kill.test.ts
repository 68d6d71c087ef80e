import { refreshTokenGrant } from 'openid-client';
import { describe, expect, test } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { startRedis, until } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

const kills = 4;

describe.each(['redis', 'postgres'] as const)('kill -9 during sign-ins, %s driver', driver => {
  test('loses nothing that was acknowledged, and leaves nobody half signed in', async () => {
    const redis = driver === 'redis' ? await startRedis() : undefined;
    const cluster = await startCluster({ redisUrl: redis?.url });
    const web = await RelyingParty.discover(
      cluster.issuer,
      cluster.clients.web,
      `${cluster.sample.url}/callback`,
    );
    const request = { params: { prompt: 'consent', scope: 'openid offline_access' } };
    /** Refresh tokens that somebody holds, and that nobody is exchanging at this moment. */
    const acknowledged = new Set<string>();
    const browsers: UserAgent[] = [];
    const crowd = { isOver: false, attempts: 0 };

    async function people(): Promise<void> {
      while (!crowd.isOver) {
        crowd.attempts += 1;
        const agent = new UserAgent([cluster.sample.url]);
        browsers.push(agent);
        try {
          const { tokens } = await web.signIn(agent, cluster.account, request);
          const next = await refreshTokenGrant(web.config, tokens.refresh_token ?? '');
          acknowledged.add(next.refresh_token ?? '');
        } catch {
          // The process died under this request. The person would try again, and so does the loop.
        }
      }
    }

    const everybody = Promise.all([people(), people(), people()]);
    for (let kill = 0; kill < kills; kill += 1) {
      const before = crowd.attempts;
      await until('six more people came', () => crowd.attempts >= before + 6, 30);
      const victim = cluster.processes[kill % 2];
      await victim?.kill('SIGKILL');
      await victim?.start();
    }
    crowd.isOver = true;
    await everybody;

    expect(acknowledged.size).toBeGreaterThan(kills);
    for (const token of acknowledged) {
      await expect(refreshTokenGrant(web.config, token)).resolves.toHaveProperty('refresh_token');
    }
    for (const agent of browsers) {
      const silent = await agent.open((await web.request({ prompt: 'none' })).url);
      const { searchParams } = new URL(silent.url);
      // Signed in with all that belongs to it, or not at all; then a new sign-in works.
      if (searchParams.has('code')) continue;
      expect(['login_required', 'consent_required']).toContain(searchParams.get('error'));
      const { page } = await answerPages(agent, await agent.open((await web.request()).url), cluster.account);
      expect(page.url).toContain('code=');
    }
    await cluster.close();
    await redis?.stop();
  }, 120_000);
});
