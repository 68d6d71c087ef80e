import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const subject = 'Somebody has to wait to sign in to your account';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM attempt_bucket; DELETE FROM email_challenge'));

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const offers = async (address = op.person.email) =>
  (await mailsTo(op.gatehouse, address)).filter(mail => mail.subject === subject);

async function open(identifier: string, agent = op.browser()): Promise<{ agent: UserAgent; page: Page }> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    prompt: 'login',
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
  }).toString();
  const page = await agent.open(url.href);
  // Who is signed in here is asked for the password at once.
  if (page.text.includes('password-form')) return { agent, page };
  return { agent, page: await agent.submit(page, 'identifier-form', { identifier, action: 'continue' }) };
}

async function enter(identifier: string, password: string, agent?: UserAgent): Promise<Page> {
  const asking = await open(identifier, agent);
  return asking.agent.submit(asking.page, 'password-form', { password, action: 'sign-in' });
}

/** Until everybody has to wait. @returns the link that the person gets for it */
async function lockOut(agent?: UserAgent): Promise<string> {
  const known = (await offers()).length;
  for (let nth = 0; nth < 6; nth += 1) await enter(op.person.email, `wrong ${nth}`, agent);
  const mail = await until('the mail arrives', async () => (await offers())[known]);
  expect(mail.text).toContain('127.0.0.1');
  return /http\S+\/unlock\/\S+/.exec(mail.text)?.[0] ?? '';
}

async function press(link: string, agent = op.browser()): Promise<Page> {
  return agent.submit(await agent.open(link), 'confirm-form', {});
}

test('who has to wait because of strangers goes on with a link by mail, once, and opening it changes nothing', async () => {
  const link = await lockOut();
  expect((await enter(op.person.email, op.person.password)).status).toBe(429);
  const scanner = op.browser();
  expect((await scanner.open(link)).status).toBe(200);
  expect((await enter(op.person.email, op.person.password)).status).toBe(429);
  expect((await press(link)).text).toContain('You can sign in again');
  const agent = op.browser();
  const answer = await enter(op.person.email, op.person.password, agent);
  expect((await answerPages(agent, answer, op.person)).page.url).toContain('code=');
  expect((await op.browser().open(link)).status).toBe(410);
  const told = await agent.open(`${op.issuer}/account/activity`);
  expect(told.text).toContain('Wait after wrong passwords lifted');
});

test('twenty uses of one link at once count as one', async () => {
  const link = await lockOut();
  const forms = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const agent = op.browser();
      return { agent, page: await agent.open(link) };
    }),
  );
  const answers = await Promise.all(forms.map(({ agent, page }) => agent.submit(page, 'confirm-form', {})));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200,
    ...Array.from({ length: 19 }, () => 410),
  ]);
  expect(await select("SELECT 1 FROM audit_event WHERE type = 'account.unlocked'")).toHaveLength(2);
});

test('in a browser of that person the tries there come back too', async () => {
  const own = op.browser();
  await op.authorize({ client: web, agent: own });
  const link = await lockOut(own);
  expect((await enter(op.person.email, op.person.password, own)).status).toBe(429);
  await press(link, own);
  expect((await enter(op.person.email, 'wrong', own)).status).toBe(422);
});

test('however often strangers try there is one mail an hour, and none where there is no account, but as many rows', async () => {
  await lockOut();
  const { length } = await offers();
  const rows = async (key: string) =>
    (await select(`SELECT 1 FROM email_challenge WHERE purpose = 'unlock' AND email_key = '${key}'`)).length;
  for (let nth = 0; nth < 4; nth += 1) await enter(op.person.email, 'wrong');
  for (let nth = 0; nth < 10; nth += 1) await enter('nobody@example.com', 'wrong');
  expect(await rows(op.person.email)).toBe(1);
  expect(await rows('nobody@example.com')).toBe(1);
  expect(await offers('nobody@example.com')).toEqual([]);
  expect(await offers()).toHaveLength(length);
});

test('an operator can do it for whom no mail reaches', async () => {
  await lockOut();
  const unknown = await runCli(op.gatehouse.environment, 'unlock', 'nobody@example.com');
  expect(unknown).toEqual({ code: 1, said: 'There is no account with the address nobody@example.com.' });
  expect((await enter(op.person.email, op.person.password)).status).toBe(429);
  const done = await runCli(op.gatehouse.environment, 'unlock', op.person.email);
  expect(done).toEqual({ code: 0, said: 'Nothing is counted against this account any more.' });
  const agent = op.browser();
  const answer = await enter(op.person.email, op.person.password, agent);
  expect((await answerPages(agent, answer, op.person)).page.url).toContain('code=');
});
