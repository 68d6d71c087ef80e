import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const tooMany = 'Too many attempts. Try again in';
const wrong = 'The email or password is not correct.';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({ TRUSTED_PROXIES: '127.0.0.1', ATTEMPTS_PER_ADDRESS: '20' });
  web = await op.register();
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM attempt_bucket'));
afterEach(() => vi.useRealTimers());

const person = () => op.person;

/** Up to the page that asks for the password. */
async function open(identifier: string, agent = op.browser()): Promise<Asking> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    prompt: 'login',
    login_hint: identifier,
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  }).toString();
  const page = await agent.open(url.href);
  return { agent, page: await agent.submit(page, 'identifier-form', { identifier, action: 'continue' }) };
}

interface Asking {
  agent: UserAgent;
  page: Page;
}

const enter = ({ agent, page }: Asking, password: string) =>
  agent.submit(page, 'password-form', { password, action: 'sign-in' });

/** Past consent, where that is asked for. */
async function signIn(asking: Asking): Promise<string> {
  const answer = await enter(asking, person().password);
  return (await answerPages(asking.agent, answer, person())).page.url;
}

async function fail(asking: Asking, times: number): Promise<Page[]> {
  const answers: Page[] = [];
  for (let time = 0; time < times; time += 1) answers.push(await enter(asking, `wrong ${time}`));
  return answers;
}

describe('wrong passwords for one identifier', () => {
  test.each([
    ['an account', () => person().email],
    ['nobody', () => 'nobody@example.com'],
  ])(
    'of %s: after five everybody waits, longer each time, and is told how long',
    async (_who, identifier) => {
      const asking = await open(identifier());
      for (const { status, text } of await fail(asking, 5)) {
        expect(status).toBe(422);
        expect(text).toContain(wrong);
      }
      let now = Date.now();
      for (const seconds of [30, 60, 120, 240]) {
        const refused = await enter(asking, person().password);
        expect(refused.status).toBe(429);
        expect(refused.text).toContain(tooMany);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(seconds - 10);
        expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(seconds);
        // It is the identifier that waits, whoever tries, from wherever.
        expect((await enter(await open(identifier().toUpperCase()), person().password)).status).toBe(429);
        now += seconds * 1000;
        vi.useFakeTimers({ toFake: ['Date'], now });
        expect((await enter(asking, 'wrong again')).status).toBe(422);
      }
    },
  );

  test('the right one is taken when the wait is over, and all is forgotten', async () => {
    const asking = await open(person().email);
    await fail(asking, 5);
    expect((await enter(asking, person().password)).status).toBe(429);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 });
    expect(await signIn(asking)).toContain('code=');
    const again = await open(person().email);
    for (const { status } of await fail(again, 5)) expect(status).toBe(422);
  });

  test('of a hundred at once five are looked at', async () => {
    const asking = await open(person().email);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        enter({ ...asking, agent: asking.agent.clone() }, `no ${index}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(95);
  });

  test('strangers cannot lock out who signed in in this browser before, nor use that browser’s cookie for others', async () => {
    const own = op.browser();
    await op.authorize({ client: web, agent: own });
    await fail(await open(person().email), 6);
    expect((await enter(await open(person().email), person().password)).status).toBe(429);
    expect(await signIn(await open(person().email, own))).toContain('code=');
    // The browser has tries of its own, not as many as it likes.
    const guessing = await fail(await open(person().email, own), 6);
    expect(guessing.at(-1)?.status).toBe(429);
    const elsewhere = op.browser();
    for (const [key, cookie] of own.cookies)
      if (key.startsWith('gatehouse_device')) elsewhere.cookies.set(key, cookie);
    await fail(await open('nobody@example.com'), 5);
    expect((await enter(await open('nobody@example.com', elsewhere), 'x')).status).toBe(429);
  });

  test('nothing of who tried is at rest', async () => {
    await fail(await open('grace@example.com'), 2);
    const rows = await selectRows(op.gatehouse.databaseUrl, 'SELECT * FROM attempt_bucket');
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/grace|127\.0\.0\.1/);
  });
});

describe('wrong passwords from one address', () => {
  const from = (address: string) => {
    const agent = op.browser();
    const send = agent.send.bind(agent);
    agent.send = (method, url, body, headers) =>
      send(method, url, body, { ...headers, 'X-Forwarded-For': address });
    return agent;
  };
  const guess = async (address: string, who: string) =>
    (await enter(await open(`${who}@example.com`, from(address)), 'wrong')).status;

  test.each([
    ['203.0.113.7', '203.0.113.7', '203.0.113.8'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1'],
  ])('%s: it waits, and with it %s, but not %s', async (address, same, other) => {
    const answers: number[] = [];
    for (let index = 0; index < 20; index += 1) answers.push(await guess(address, `spray${index}`));
    expect(new Set(answers)).toEqual(new Set([422]));
    expect(await guess(same, 'spray-more')).toBe(429);
    expect(await guess(other, 'spray-more')).toBe(422);
  });

  test('what succeeds does not count', async () => {
    for (let index = 0; index < 24; index += 1) {
      expect(await signIn(await open(person().email, from('198.51.100.4')))).toContain('code=');
    }
  });

  test('also codes of devices, and requests for mail', async () => {
    const device = from('203.0.113.20');
    const entry = await device.open(`${op.issuer}/device`);
    const statuses: number[] = [];
    for (let index = 0; index < 21; index += 1) {
      statuses.push((await device.submit(entry, 'device-form', { user_code: 'BBBB-BBBB' })).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 422));
    expect(statuses[20]).toBe(429);

    const register = async (email: string) => {
      const agent = from('203.0.113.30');
      const { page } = await op.authorize({ client: web, agent, params: { prompt: 'create' } });
      return agent.submit(page, 'register-form', { email, action: 'register' });
    };
    for (let index = 0; index < 20; index += 1) {
      expect((await register(`mail${index}@example.com`)).status).toBe(200);
    }
    const refused = await register('one-more@example.com');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).not.toBeNull();
  });
});
