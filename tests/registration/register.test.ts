import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo, mailTo, type ReceivedMail } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const password = 'a long sentence nobody guesses';

let op: OpUnderTest;
let web: TestClient;
let email: string;
let count = 0;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern', client_uri: 'https://rp.example/' });
});
afterAll(() => op.close());
beforeEach(() => {
  count += 1;
  email = `grace${count}@example.com`;
});
afterEach(() => vi.useRealTimers());

/** Up to the page that asks for the address. */
async function open(agent: UserAgent, params: Record<string, string> = { prompt: 'create' }): Promise<Page> {
  const { page } = await op.authorize({ client: web, agent, params: { scope: 'openid email', ...params } });
  return page;
}

async function ask(agent: UserAgent, address = email): Promise<Page> {
  return agent.submit(await open(agent), 'register-form', { email: address, action: 'register' });
}

const received = (address = email) => mailTo(op.gatehouse, address);
const codeIn = ({ text }: ReceivedMail) => /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';
const linkIn = ({ text }: ReceivedMail) => /https?:\S+\/register\/\S+/.exec(text)?.[0] ?? '';
const enter = (agent: UserAgent, page: Page, code: string) =>
  agent.submit(page, 'prove-address-form', { code, action: 'continue' });
const finish = (agent: UserAgent, page: Page, own: Record<string, string> = {}) =>
  agent.submit(page, 'create-account-form', { name: 'Grace Hopper', password, action: 'create', ...own });
const accountsOf = (address: string) =>
  selectRows<{ email: string; email_verified: boolean; claims: { name?: string } }>(
    op.gatehouse.databaseUrl,
    `SELECT email, email_verified, claims FROM account WHERE email_key = '${address.toLowerCase()}'`,
  );

describe('registration by code', () => {
  test('ends signed in at the app, with the address proven and nothing kept that was mailed', async () => {
    const agent = op.browser();
    const check = await ask(agent);
    expect(check.text).toContain('Check your email');
    const mail = await received();
    expect(mail.subject).toBe('Your code');
    const choose = await enter(agent, check, codeIn(mail).replace(' ', '-'));
    expect(choose.text).toContain('autocomplete="new-password"');
    const { page } = await answerPages(agent, await finish(agent, choose), { email, password });
    expect(page.url.startsWith(callback)).toBe(true);
    expect(new URL(page.url).searchParams.get('code')).not.toBeNull();
    expect(await accountsOf(email)).toEqual([
      { email, email_verified: true, claims: { name: 'Grace Hopper' } },
    ]);
    const log = JSON.stringify(op.gatehouse.log);
    for (const secret of [email, codeIn(mail), linkIn(mail), password]) expect(log).not.toContain(secret);
    expect(
      await selectRows(op.gatehouse.databaseUrl, "SELECT 1 FROM outgoing_mail WHERE sealed <> ''"),
    ).toEqual([]);
  });

  test('is reached from the sign-in page, and left for it again', async () => {
    const agent = op.browser();
    const { page } = await openSignIn(agent);
    const register = await agent.submit(page, 'identifier-form', { action: 'register' });
    expect(register.text).toContain('id="register-form"');
    const back = await agent.submit(register, 'register-form', { action: 'sign-in' });
    expect(back.text).toContain('id="identifier-form"');
  });

  test('refuses what is no address and a password that is not good enough, and keeps what was entered', async () => {
    const agent = op.browser();
    const first = await open(agent);
    const refused = await agent.submit(first, 'register-form', { email: 'grace', action: 'register' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('value="grace"');
    const check = await agent.submit(first, 'register-form', { email, action: 'register' });
    const choose = await enter(agent, check, codeIn(await received()));
    const short = await finish(agent, choose, { password: 'too short' });
    expect(short.status).toBe(422);
    expect(short.text).toContain('at least 15 characters');
    expect(short.text).toContain('value="Grace Hopper"');
    expect(short.text).not.toContain('too short"');
    expect(await accountsOf(email)).toEqual([]);
  });

  test('a code has five tries, also when they come at once, and a new code brings no new ones', async () => {
    const agent = op.browser();
    const check = await ask(agent);
    const right = codeIn(await received());
    const wrong = right === '0000 0000' ? '0000 0001' : '0000 0000';
    const answers = await Promise.all(Array.from({ length: 20 }, () => enter(agent.clone(), check, wrong)));
    for (const { status, text } of answers) {
      expect(status).toBe(422);
      expect(text).toContain('That code is not correct or has expired.');
    }
    expect((await enter(agent, check, right)).status).toBe(422);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    await agent.submit(check, 'prove-address-form', { action: 'resend' });
    const second = codeIn(await mailTo(op.gatehouse, email, 2));
    expect((await enter(agent, check, second)).status).toBe(422);
  });

  test('another code may be asked for after a minute, and is the only one from then on', async () => {
    const agent = op.browser();
    const check = await ask(agent);
    const first = await received();
    const soon = await agent.submit(check, 'prove-address-form', { action: 'resend' });
    expect(soon.status).toBe(422);
    expect(soon.text).toMatch(/Wait \d+ seconds/);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    const again = await agent.submit(check, 'prove-address-form', { action: 'resend' });
    expect(again.text).toContain('We sent you another mail.');
    const second = await mailTo(op.gatehouse, email, 2);
    expect((await op.browser().open(linkIn(first))).status).toBe(410);
    expect((await enter(agent, again, codeIn(first))).status).toBe(422);
    expect((await enter(agent, again, codeIn(second))).text).toContain('id="create-account-form"');
  });

  test('a code is good for half an hour', async () => {
    const [early, late] = [op.browser(), op.browser()];
    const [first, second] = [await ask(early), await ask(late)];
    const [firstMail, secondMail] = [await received(), await mailTo(op.gatehouse, email, 2)];
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 29 * 60_000 });
    expect((await enter(early, first, codeIn(firstMail))).text).toContain('id="create-account-form"');
    vi.setSystemTime(Date.now() + 2 * 60_000);
    expect((await enter(late, second, codeIn(secondMail))).status).toBe(422);
  });

  test('sent ten times at once, the last form makes one account', async () => {
    const agent = op.browser();
    const choose = await enter(agent, await ask(agent), codeIn(await received()));
    await Promise.all(Array.from({ length: 10 }, () => finish(agent.clone(), choose)));
    expect(await accountsOf(email)).toHaveLength(1);
  });

  test('steps out of order make no account', async () => {
    const agent = op.browser();
    const check = await ask(agent);
    const csrf = /name="csrf" value="([^"]*)"/.exec(check.text)?.[1] ?? '';
    const form = check.text.replace('prove-address-form', 'create-account-form');
    await finish(agent, { ...check, text: form }, { csrf });
    expect(await accountsOf(email)).toEqual([]);
    // The control: the same browser, in order.
    await finish(agent, await enter(agent, check, codeIn(await received())));
    expect(await accountsOf(email)).toHaveLength(1);
  });
});

describe('registration by link', () => {
  test('the account belongs to who reads the mail; who asked for it goes on by signing in', async () => {
    const asking = op.browser();
    const check = await ask(asking);
    const reading = op.browser();
    const link = linkIn(await received());
    // A scanner that opens it changes nothing.
    await Promise.all([reading.open(link), reading.open(link)]);
    expect(await accountsOf(email)).toEqual([]);
    const done = await finish(reading, await reading.open(link));
    expect(done.text).toContain('Your account is ready');
    expect(done.text).toContain('Back to Lantern');
    expect(reading.cookies.size).toBe(0);
    expect((await reading.open(link)).status).toBe(410);

    const signIn = await enter(asking, check, '');
    expect(signIn.text).toContain('id="password-form"');
    expect(signIn.text).toContain(email);
    const { page } = await answerPages(asking, signIn, { email, password });
    expect(new URL(page.url).searchParams.get('code')).not.toBeNull();
  });

  test('used twenty times at once it makes one account', async () => {
    await ask(op.browser());
    const link = linkIn(await received());
    const agent = op.browser();
    const form = await agent.open(link);
    const answers = await Promise.all(Array.from({ length: 20 }, () => finish(agent, form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
    expect(await accountsOf(email)).toHaveLength(1);
  });

  test('an invented link, and a form without its token, make nothing', async () => {
    const agent = op.browser();
    expect((await agent.open(`${op.issuer}/register/invented`)).status).toBe(410);
    await ask(agent);
    const link = linkIn(await received());
    const body = new URLSearchParams({ name: 'Mallory', password }).toString();
    expect((await agent.send('POST', link, body, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(403);
    expect((await agent.send('POST', link, body, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect(await accountsOf(email)).toEqual([]);
  });
});

describe('an address that has an account', () => {
  test('is told so by mail; the pages are the same to the byte', async () => {
    const [known, unknown] = await Promise.all(
      [op.person.email, email].map(async address => {
        const agent = op.browser();
        const answer = await ask(agent, address);
        const wrong = await enter(agent, answer, '1111 1111');
        return { answer, wrong };
      }),
    );
    const plain = (page: Page | undefined, address: string) =>
      page?.text
        .replaceAll(address, 'ADDRESS')
        .replaceAll(/(interaction\/|csrf" value=")[\w-]+/g, '$1')
        .replaceAll(/lang=\w+/g, '');
    expect(plain(known?.answer, op.person.email)).toBe(plain(unknown?.answer, email));
    expect(plain(known?.wrong, op.person.email)).toBe(plain(unknown?.wrong, email));
    expect(known?.wrong.status).toBe(unknown?.wrong.status);
    const mail = await mailTo(op.gatehouse, op.person.email);
    expect(mail.subject).toBe('You have an account already');
    expect(mail.text).not.toMatch(/register\/|\d{4} \d{4}/);
  });

  test('in whatever spelling, and the mail goes to the address as it stands there', async () => {
    const before = await mailsTo(op.gatehouse, op.person.email);
    await ask(op.browser(), op.person.email.toUpperCase());
    await mailTo(op.gatehouse, op.person.email, before.length + 1);
  });

  test('two that register for one address at once: one has it', async () => {
    const [one, two] = [op.browser(), op.browser()];
    const first = await enter(one, await ask(one), codeIn(await received()));
    const check = await ask(two);
    const second = await enter(two, check, codeIn(await mailTo(op.gatehouse, email, 2)));
    await Promise.all([finish(one, first), finish(two, second)]);
    expect(await accountsOf(email)).toHaveLength(1);
  });

  test('gets six mails an hour at most, whoever asks for them', async () => {
    await Promise.all(Array.from({ length: 10 }, () => ask(op.browser())));
    await mailTo(op.gatehouse, email, 6);
    await until('all mail has left', async () => {
      const waiting = "SELECT 1 FROM outgoing_mail WHERE status = 'waiting'";
      return (await selectRows(op.gatehouse.databaseUrl, waiting)).length === 0;
    });
    expect(await mailsTo(op.gatehouse, email)).toHaveLength(6);
  });
});

/** The sign-in page of an app that says nothing of registering. */
async function openSignIn(agent: UserAgent): Promise<{ page: Page }> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  }).toString();
  return { page: await agent.open(url.href) };
}
