import { authorizationCodeGrant, refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo, noticesTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let op: OpUnderTest;
let web: TestClient;
let hash: string;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern Travel' });
  [{ hash }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
});
afterAll(() => op.close());
beforeEach(() =>
  runSql(
    op.gatehouse.databaseUrl,
    `DELETE FROM attempt_bucket; DELETE FROM email_challenge; UPDATE account SET status = 'active', closes_at = NULL;
     INSERT INTO password_credential (account_id, hash, changed_at)
       SELECT id, '${hash}', now() FROM account ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash`,
  ),
);

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const mailsAbout = async (subject: string) =>
  (await mailsTo(op.gatehouse, op.person.email)).filter(mail => mail.subject === subject);

const notices = () => noticesTo(op.gatehouse, op.person.email);

async function signIn(agent = op.browser()) {
  const response = await op.authorize({
    client: web,
    agent,
    params: { scope: 'openid offline_access', prompt: 'login consent' },
  });
  return { agent, tokens: await authorizationCodeGrant(web.config, response.url, checksOf(response)) };
}

/** Signs in with a browser that was never used before. @returns the mail about it */
async function signInSomewhereNew() {
  const known = (await notices()).length;
  const agent = op.browser();
  const send = agent.send.bind(agent);
  agent.send = (method, url, body, headers) => send(method, url, body, { ...headers, 'User-Agent': firefox });
  const { tokens } = await signIn(agent);
  const mail = await until('the mail arrives', async () => (await notices())[known]);
  return { agent, tokens, mail, link: /http\S+\/not-me\/\S+/.exec(mail.text)?.[0] ?? '' };
}

test('a sign-in with a new browser is told by mail, once, with what it looks like', async () => {
  const { agent, mail } = await signInSomewhereNew();
  for (const words of ['Firefox on Linux', '127.0.0.1', 'Lantern Travel']) expect(mail.text).toContain(words);
  const known = (await notices()).length;
  await signIn(agent);
  // The mail of another browser comes after any that this one would have caused.
  await signInSomewhereNew();
  expect(await notices()).toHaveLength(known + 1);
});

test('who has just registered is not told of the browser they did it in', async () => {
  const email = 'grace@lantern.example';
  const agent = op.browser();
  const asked = await agent.submit(await agent.open(`${op.issuer}/account`), 'identifier-form', {
    action: 'register',
  });
  const sent = await agent.submit(asked, 'register-form', { email });
  const code = await until('the code arrives', async () => {
    const [mail] = await mailsTo(op.gatehouse, email);
    return /\d{4} \d{4}/.exec(mail?.text ?? '')?.[0];
  });
  const proven = await agent.submit(sent, 'prove-address-form', { code });
  const password = 'nanoseconds are very short wires';
  await agent.submit(proven, 'create-account-form', { name: 'Grace', password });
  await op.authorize({ client: web, agent, person: { email, password }, params: { prompt: 'login' } });
  await op.authorize({ client: web, agent: op.browser(), person: { email, password } });
  await until('the other browser is told', async () => (await noticesTo(op.gatehouse, email)).length > 0);
  expect(await noticesTo(op.gatehouse, email)).toHaveLength(1);
});

test('"this wasn’t me" shuts everybody out, and leads back in by the mailbox alone', async () => {
  const { agent, tokens, link } = await signInSomewhereNew();
  const owner = op.browser();
  const page = await owner.open(link);
  expect(page.text).toContain('Was this not you?');
  // A scanner of mail has opened it, and nothing happened.
  expect(await select('SELECT 1 FROM password_credential WHERE hash IS NOT NULL')).not.toEqual([]);
  const reset = 'Choose a new password';
  const known = (await mailsAbout(reset)).length;
  const pressed = await Promise.all(
    Array.from({ length: 20 }, () => owner.clone().submit(page, 'confirm-form', { action: 'confirm' })),
  );
  expect(pressed.filter(({ text }) => text.includes('The account is locked down'))).toHaveLength(1);
  await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toThrow();
  const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
  expect(params.get('error')).toBe('login_required');

  // The right password of before is a wrong one, in the words for any wrong one.
  const visitor = op.browser();
  const named = await visitor.submit(await visitor.open(`${op.issuer}/account`), 'identifier-form', {
    identifier: op.person.email,
  });
  const refused = await visitor.submit(named, 'password-form', { password: op.person.password });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('The email or password is not correct.');

  const mail = await until('the way back arrives', async () => (await mailsAbout(reset))[known]);
  const way = /http\S+\/recover\/\S+/.exec(mail.text)?.[0] ?? '';
  const password = 'a new sentence nobody guesses';
  await owner.submit(await owner.open(way), 'reset-password-form', { password });
  const back = op.browser();
  const home = await answerPages(back, await back.open(`${op.issuer}/account`), { ...op.person, password });
  expect(home.page.text).toContain(op.person.email);
  expect((await back.open(`${op.issuer}/account/activity`)).text).toContain('Account locked down');
});

test('"this wasn’t me" takes back that a stranger closed the account', async () => {
  const { agent, link } = await signInSomewhereNew();
  const page = await agent.open(`${op.issuer}/account/close`);
  await agent.submit(page, 'close-form', { action: 'close', understood: 'yes' });
  expect(await select("SELECT 1 FROM account WHERE status = 'closing'")).toHaveLength(1);
  const owner = op.browser();
  await owner.submit(await owner.open(link), 'confirm-form', { action: 'confirm' });
  expect(await select("SELECT 1 FROM account WHERE status = 'closing'")).toEqual([]);
});
