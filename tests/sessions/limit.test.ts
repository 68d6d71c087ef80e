import { refreshTokenGrant, tokenIntrospection } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, runSql, selectRows, startRedis, until } from '../support/services.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const most = 3;
const atOnce = 20;

describe.each(['redis', 'postgres'] as const)('over two processes, %s driver', driver => {
  let redis: RedisServer | undefined;
  let cluster: Cluster;
  let web: RelyingParty;

  beforeAll(async () => {
    redis = driver === 'redis' ? await startRedis() : undefined;
    cluster = await startCluster({
      redisUrl: redis?.url,
      environment: {
        SESSIONS_PER_ACCOUNT: String(most),
        ATTEMPTS_PER_IDENTIFIER: '100',
        ATTEMPTS_PER_ADDRESS: '1000',
      },
    });
    // Nobody answers there: what is looked at is that it was to be told.
    await runSql(
      cluster.databaseUrl,
      `UPDATE client SET metadata = metadata || '{"backchannel_logout_uri": "https://rp.invalid/logout", "backchannel_logout_session_required": true}' WHERE id = 'demo-web'`,
    );
    web = await RelyingParty.discover(cluster.issuer, cluster.clients.web, `${cluster.sample.url}/callback`);
  });
  afterAll(async () => {
    await cluster.close();
    await redis?.stop();
  });

  const browser = () => new UserAgent([cluster.sample.url]);
  const openSessions = () =>
    selectRows<{ id: string }>(
      cluster.databaseUrl,
      'SELECT id FROM account_session WHERE ended_at IS NULL ORDER BY signed_in_at',
    );

  /** As far as the code. */
  async function authorize(agent: UserAgent, params: Record<string, string>) {
    const { url, redeem } = await web.request(params);
    const { page } = await answerPages(agent, await agent.open(url), cluster.account);
    return { agent, redeem: () => redeem(page.url), hasCode: new URL(page.url).searchParams.has('code') };
  }

  async function signIn(agent = browser(), scope = 'openid offline_access') {
    const { redeem } = await authorize(agent, { prompt: 'consent', scope });
    const tokens = await redeem();
    const { sid } = tokens.claims() as { sid?: string };
    return { agent, sid, accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? '' };
  }

  async function isSignedIn(agent: UserAgent): Promise<boolean> {
    const { url } = await web.request({ prompt: 'none', scope: 'openid' });
    return new URL((await agent.open(url)).url).searchParams.has('code');
  }

  const countOf = (answers: readonly boolean[]) => answers.filter(Boolean).length;

  test(`of ${atOnce} sign-ins at once ${most} stay, and only those get tokens or keep them`, async () => {
    // Nobody is asked for consent any more, so that every sign-in comes to its end.
    await signIn();
    const all = await Promise.all(
      Array.from({ length: atOnce }, () => authorize(browser(), { scope: 'openid' })),
    );
    expect(all.every(({ hasCode }) => hasCode)).toBe(true);
    await until('the others are signed out', async () => (await openSessions()).length === most);
    const alive = await Promise.all(all.map(({ agent }) => isSignedIn(agent)));
    expect(countOf(alive)).toBe(most);
    const redeemed = await Promise.allSettled(all.map(({ redeem }) => redeem()));
    expect(redeemed.map(({ status }) => status === 'fulfilled')).toEqual(alive);
    expect(await openSessions()).toHaveLength(most);
  }, 60_000);

  test('one more signs out where that person was active longest ago, but for what may go on without anybody there', async () => {
    const first = await signIn(browser(), 'openid');
    const others = [await signIn(), await signIn()];
    const isActive = async () => (await tokenIntrospection(web.config, first.accessToken)).active;
    expect(await isActive()).toBe(true);
    expect(await isSignedIn(first.agent)).toBe(true);
    // Again in the same browser is no other browser.
    await signIn(others[0]?.agent);
    expect(await isSignedIn(first.agent)).toBe(true);
    const last = await signIn();
    await until('the first is signed out', async () => !(await isSignedIn(first.agent)), 5);
    expect(await isActive()).toBe(false);
    for (const { agent } of [...others, last]) expect(await isSignedIn(agent)).toBe(true);
    const [second] = others;
    if (second === undefined) throw new Error('two others signed in');
    await signIn();
    expect(await isSignedIn(second.agent)).toBe(false);
    expect(await refreshTokenGrant(web.config, second.refreshToken)).toHaveProperty('access_token');
    const told = `SELECT 1 FROM backchannel_logout WHERE sid = '${first.sid ?? ''}'`;
    await until('the app is told', async () => (await selectRows(cluster.databaseUrl, told)).length === 1);
    const activity = await last.agent.open(`${cluster.issuer}/account/activity`);
    expect(activity.text).toContain('Signed out of one browser, because there were too many');
  });

  test('a session that its owner ends elsewhere is dead for the app within five seconds, whichever process it asks', async () => {
    const lost = await signIn();
    const here = await signIn();
    const isActive = async () => (await tokenIntrospection(web.config, lost.accessToken)).active;
    expect(await isActive()).toBe(true);
    const page = await here.agent.open(`${cluster.issuer}/account`);
    expect(page.text).toContain('For Sample');
    const lostId = digestOf(page, (await openSessions()).at(-2)?.id);
    const before = performance.now();
    await here.agent.submit(page, 'account-form', { end: lostId });
    for (let asked = 0; asked < 2; asked += 1) {
      expect(await isActive()).toBe(false);
      expect(await isSignedIn(lost.agent)).toBe(false);
      await expect(refreshTokenGrant(web.config, lost.refreshToken)).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    }
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(await isSignedIn(here.agent)).toBe(true);
  });
});

/** What stands on the page and is the one that is looked for. */
function digestOf({ text }: Page, id = ''): string {
  const ids = [...text.matchAll(/name="end" value="([^"]+)"/g)].map(([, each]) => each);
  expect(ids).toContain(id);
  return id;
}
