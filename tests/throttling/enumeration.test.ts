import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runSql } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

/**
 * Whether somebody has an account, and in which state, is nobody's business: what a stranger gets back is the same for
 * all, in bytes, headers, cookies and time.
 */

const kinds = ['existing', 'missing', 'locked', 'disabled', 'unverified', 'closing'] as const;
type Kind = (typeof kinds)[number];
/** All of one length, so that what the page repeats is as long. */
const addressOf = (kind: Kind) => `${kind.padEnd(10, 'x')}@example.com`;

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({
    ATTEMPTS_PER_IDENTIFIER: '100',
    ATTEMPTS_PER_ADDRESS: '100000',
    CODE_MAILS_PER_HOUR: '100',
    CODE_RESEND_SECONDS: '10',
  });
  web = await op.register();
  for (const [nth, kind] of kinds.filter(each => each !== 'missing').entries()) {
    const id = `00000000-0000-7000-8000-00000000000${nth}`;
    const status = kind === 'disabled' ? 'disabled' : kind === 'closing' ? 'closing' : 'active';
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, status, email, email_key, email_verified, closes_at, created_at, updated_at)
       VALUES ('${id}', '${status}', '${addressOf(kind)}', '${addressOf(kind)}', ${kind !== 'unverified'},
         ${kind === 'closing' ? "now() + interval '9 days'" : 'NULL'}, now(), now());
       INSERT INTO password_credential SELECT '${id}', hash, changed_at FROM password_credential LIMIT 1`,
    );
  }
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM attempt_bucket; DELETE FROM email_challenge'));

async function open(agent: UserAgent, params: Record<string, string> = {}): Promise<Page> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...params,
  }).toString();
  return agent.open(url.href);
}

/** One thing a stranger can do with an address. @returns the last step, to be taken when it is measured */
type Way = (agent: UserAgent, email: string) => Promise<() => Promise<Page>>;

const ways: Readonly<Record<string, Way>> = {
  async 'a wrong password'(agent, email) {
    const page = await agent.submit(await open(agent), 'identifier-form', {
      identifier: email,
      action: 'continue',
    });
    return () => agent.submit(page, 'password-form', { password: 'not the right one', action: 'sign-in' });
  },
  async registration(agent, email) {
    const page = await open(agent, { prompt: 'create' });
    return () => agent.submit(page, 'register-form', { email, action: 'register' });
  },
  async recovery(agent, email) {
    const named = await agent.submit(await open(agent), 'identifier-form', {
      identifier: email,
      action: 'continue',
    });
    const page = await agent.submit(named, 'password-form', { action: 'forgot' });
    return () => agent.submit(page, 'recover-form', { email, action: 'recover' });
  },
  async 'another code'(agent, email) {
    const sent = await (await ways['recovery']?.(agent, email))?.();
    if (sent === undefined) throw new Error('recovery is a way');
    await runSql(
      op.gatehouse.databaseUrl,
      "UPDATE email_challenge SET sent_at = now() - interval '1 minute'",
    );
    return () => agent.submit(sent, 'prove-address-form', { action: 'resend' });
  },
};

/** What a stranger sees, without what differs from one request to the next for everybody. */
function seen(page: Page, agent: UserAgent, email: string) {
  const headers = [...page.headers]
    .filter(([name]) => !['date', 'set-cookie', 'x-request-id'].includes(name))
    .map(([name, value]) => [name, value.replaceAll(/[\w-]{22,}/g, 'RANDOM')]);
  return {
    status: page.status,
    text: page.text.replaceAll(email, 'ADDRESS').replaceAll(/[\w-]{22,}/g, 'RANDOM'),
    length: page.text.length,
    headers,
    cookies: [...agent.cookies.keys()].map(name => name.replaceAll(/[\w-]{22,}/g, 'RANDOM')),
  };
}

describe.each(Object.keys(ways))('%s', way => {
  const take = ways[way] as Way;

  test('shows the same bytes, headers and cookies for every kind of account', async () => {
    const all = [];
    for (const kind of kinds) {
      const agent = op.browser();
      const email = addressOf(kind);
      // Where wrong passwords are what is tried, who has to wait is told so, see below.
      if (kind === 'locked' && way !== 'a wrong password') await lock(email);
      all.push(seen(await (await take(agent, email))(), agent, email));
    }
    for (const each of all) expect(each).toEqual(all[0]);
    expect(all[0]?.text.length).toBeGreaterThan(500);
  });
});

/** Wrong passwords until everybody who tries has to wait. */
async function lock(email: string): Promise<void> {
  const agent = op.browser();
  const page = await agent.submit(await open(agent), 'identifier-form', {
    identifier: email,
    action: 'continue',
  });
  let status = 0;
  for (let nth = 0; nth < 110 && status !== 429; nth += 10) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => agent.clone().submit(page, 'password-form', { password: 'x' })),
    );
    status = answers.some(answer => answer.status === 429) ? 429 : 0;
  }
  expect(status).toBe(429);
}

test('who has to wait is told the same, whoever it is', async () => {
  const answers = [];
  for (const kind of ['existing', 'missing', 'disabled'] as const) {
    const email = addressOf(kind);
    await lock(email);
    const agent = op.browser();
    const page = await (await (ways['a wrong password'] as Way)(agent, email))();
    expect(page.status).toBe(429);
    const { headers, ...rest } = seen(page, agent, email);
    answers.push({ ...rest, headers: headers.filter(([name]) => name !== 'retry-after') });
  }
  for (const each of answers) expect(each).toEqual(answers[0]);
}, 60_000);

describe('time', () => {
  const samples = 40;
  const planted = 20;

  /** In turns, so that what else the machine does meets both. */
  async function measure(way: Way): Promise<Record<'existing' | 'missing', number[]>> {
    const times = { existing: [] as number[], missing: [] as number[] };
    for (let nth = 0; nth < samples; nth += 1) {
      const order = nth % 2 === 0 ? (['existing', 'missing'] as const) : (['missing', 'existing'] as const);
      for (const kind of order) {
        const last = await way(op.browser(), addressOf(kind));
        const startedAt = performance.now();
        await last();
        times[kind].push(performance.now() - startedAt);
      }
    }
    return times;
  }

  test.each(Object.keys(ways))(
    'of %s tells nothing, and a difference of 20 ms would be found',
    async name => {
      const way = ways[name] as Way;
      let apart = 0;
      for (let round = 0; round < 3; round += 1) {
        const { existing, missing } = await measure(way);
        expect(
          Math.abs(
            rankSum(
              existing.map(each => each + planted),
              missing,
            ),
          ),
        ).toBeGreaterThan(3.3);
        // What is there is there every time; what is chance is not (one in a thousand, three times).
        if (Math.abs(rankSum(existing, missing)) < 3.3) break;
        apart += 1;
      }
      expect(apart).toBeLessThan(3);
    },
    180_000,
  );

  /** Mann and Whitney's two-sample test. @returns standard deviations from what chance would give */
  function rankSum(one: readonly number[], other: readonly number[]): number {
    const all = [
      ...one.map(value => ({ value, isOne: true })),
      ...other.map(value => ({ value, isOne: false })),
    ];
    const sorted = all.toSorted((left, right) => left.value - right.value);
    const ranks = sorted.reduce((sum, { isOne }, index) => sum + (isOne ? index + 1 : 0), 0);
    const [n, m] = [one.length, other.length];
    const u = ranks - (n * (n + 1)) / 2;
    return (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  }
});
