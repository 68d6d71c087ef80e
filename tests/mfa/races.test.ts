import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AuthenticatorApp,
  authenticatorApp,
  enrolApp,
  recoveryCodesOn,
  secretOn,
} from '../support/authenticator-app.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { enrolPasskey, passkeyOptionsOn } from '../support/enrol-passkey.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, runSql, selectRows, startRedis } from '../support/services.ts';
import { type Page, UserAgent } from '../support/user-agent.ts';

const tries = 30;
const atOnce = 20;

describe.each(['redis', 'postgres'] as const)('over two processes, %s driver', driver => {
  let redis: RedisServer | undefined;
  let cluster: Cluster;
  let web: RelyingParty;

  beforeAll(async () => {
    redis = driver === 'redis' ? await startRedis() : undefined;
    cluster = await startCluster({
      redisUrl: redis?.url,
      environment: { ATTEMPTS_PER_IDENTIFIER: String(tries), ATTEMPTS_PER_ADDRESS: '1000' },
    });
    web = await RelyingParty.discover(cluster.issuer, cluster.clients.web, `${cluster.sample.url}/callback`);
  });
  afterAll(async () => {
    await cluster.close();
    await redis?.stop();
  });
  beforeEach(() => forgetFactors(cluster, 'DELETE FROM audit_event'));

  const browser = () => new UserAgent([cluster.sample.url]);
  const op = () => ({ issuer: cluster.issuer, browser, person: cluster.account });
  const count = async (table: string) =>
    (await selectRows(cluster.databaseUrl, `SELECT 1 FROM ${table}`)).length;

  /** Up to the question for the second factor. */
  async function challenged(): Promise<{ agent: UserAgent; page: Page }> {
    const agent = browser();
    const { url } = await web.request({ scope: 'openid' });
    const { page } = await answerPages(agent, await agent.open(url), cluster.account);
    if (!page.text.includes('id="challenge-form"')) throw new Error(`not asked:\n${page.text}`);
    return { agent, page };
  }
  const isIn = ({ url }: Page) => new URL(url).searchParams.has('code');

  /** All send at the same moment what `fields` says. @returns how many of them are in */
  async function allAtOnce(fields: (page: Page, index: number) => Record<string, string>): Promise<number> {
    const people = await Promise.all(Array.from({ length: atOnce }, challenged));
    const pages = await Promise.all(
      people.map(async ({ agent, page }, index) => {
        const sent = await agent.submit(page, 'challenge-form', fields(page, index));
        return sent.status < 400 ? (await answerPages(agent, sent, cluster.account)).page : sent;
      }),
    );
    return pages.filter(isIn).length;
  }

  const enrolled = async (): Promise<{ app: AuthenticatorApp; codes: string[] }> => {
    const { app, codes } = await enrolApp(op());
    // The code that set it up is used up; the next one would have to be waited for.
    await runSql(cluster.databaseUrl, 'UPDATE totp_credential SET last_step = 0');
    return { app, codes };
  };

  test('one code of an app, twenty times at once: one gets in', async () => {
    const { app } = await enrolled();
    const code = app.code();
    expect(await allAtOnce(() => ({ code, action: 'verify' }))).toBe(1);
  });

  test('one recovery code, twenty times at once: one gets in, and nine are left', async () => {
    const { codes } = await enrolled();
    const people = await Promise.all(Array.from({ length: atOnce }, challenged));
    const asked = await Promise.all(
      people.map(async ({ agent, page }) => ({
        agent,
        page: await agent.submit(page, 'challenge-form', { action: 'use-recovery-code' }),
      })),
    );
    const pages = await Promise.all(
      asked.map(({ agent, page }) =>
        agent.submit(page, 'challenge-form', { code: codes[0] ?? '', action: 'verify' }),
      ),
    );
    expect(pages.filter(({ status }) => status < 400)).toHaveLength(1);
    expect(await count('recovery_code WHERE used_at IS NULL')).toBe(9);
  });

  test('one answer of a passkey that counts, twenty times at once: one gets in', async () => {
    const { passkey } = await enrolPasskey(op());
    const { agent, page } = await challenged();
    const answer = passkey.assert(passkeyOptionsOn(page, 'request'), { origin: cluster.issuer });
    const pages = await Promise.all(
      Array.from({ length: atOnce }, async () => {
        const copy = agent.clone();
        const sent = await copy.submit(page, 'challenge-form', { passkey: answer, action: 'passkey' });
        return sent.status < 400 ? (await answerPages(copy, sent, cluster.account)).page : sent;
      }),
    );
    expect(pages.filter(isIn)).toHaveLength(1);
    expect(await count("audit_event WHERE type = 'factor.copied'")).toBeGreaterThan(0);
  });

  test('a hundred wrong codes at once: as many are looked at as there are tries', async () => {
    await enrolled();
    const { agent, page } = await challenged();
    const pages = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        agent.clone().submit(page, 'challenge-form', {
          code: String(index).padStart(6, '0'),
          action: 'verify',
        }),
      ),
    );
    expect(pages.filter(({ status }) => status === 422)).toHaveLength(tries);
    expect(pages.filter(({ status }) => status === 429)).toHaveLength(100 - tries);
    expect(await count("audit_event WHERE type = 'factor.failed'")).toBe(tries);
  });

  test('two apps set up at once: one of them counts, and the recovery codes that were shown are those that work', async () => {
    const pages = await Promise.all(
      [browser(), browser()].map(async agent => {
        const asked = await agent.open(`${cluster.issuer}/account/factors/totp`);
        const { page } = await answerPages(agent, asked, cluster.account);
        return { agent, page, app: authenticatorApp(secretOn(page)) };
      }),
    );
    const done = await Promise.all(
      pages.map(({ agent, page, app }) =>
        agent.submit(page, 'enrol-totp-form', { code: app.code(), action: 'enrol' }),
      ),
    );
    expect(done.map(({ status }) => status)).toEqual([200, 200]);
    const shown = done.map(recoveryCodesOn).filter(codes => codes.length > 0);
    expect(shown).toHaveLength(1);
    expect(await count('totp_credential')).toBe(1);
    expect(await count('recovery_code')).toBe(10);
    const { agent, page } = await challenged();
    const instead = await agent.submit(page, 'challenge-form', { action: 'use-recovery-code' });
    const sent = await agent.submit(instead, 'challenge-form', {
      code: shown[0]?.[0] ?? '',
      action: 'verify',
    });
    expect(isIn((await answerPages(agent, sent, cluster.account)).page)).toBe(true);
  });
});
