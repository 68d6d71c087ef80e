import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo, mailTo } from '../support/mailbox.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows } from '../support/services.ts';

const email = 'grace@example.com';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({ ACCOUNT_REGISTRATION: 'invitation' });
  web = await op.register({ client_name: 'Lantern Travel', client_uri: 'https://rp.example/' });
});
afterAll(() => op.close());

const accounts = () => selectRows(op.gatehouse.databaseUrl, `SELECT 1 FROM account WHERE email = '${email}'`);
const invite = (...words: string[]) => runCli(op.gatehouse.environment, 'invite', ...words);

test('without an invitation nobody makes an account', async () => {
  expect(op.metadata['prompt_values_supported']).not.toContain('create');
  const { params } = await op.authorize({ client: web, params: { prompt: 'create' } });
  expect(params.get('error')).toBe('invalid_request');
});

test('who is invited makes one with the link in the mail, once, and goes on to the app', async () => {
  const { code, said } = await invite(email, '--client', web.id);
  expect({ code, said }).toEqual({
    code: 0,
    said: 'The invitation leaves soon, if Gatehouse is running. It is good for 7 days.',
  });
  const mail = await mailTo(op.gatehouse, email);
  expect(mail.subject).toBe('You are invited to make an account');
  const link = /http\S+\/register\/\S+/.exec(mail.text)?.[0] ?? '';
  const agent = op.browser();
  const form = await agent.open(link);
  expect(form.text).toContain(email);
  expect(await accounts()).toEqual([]);
  const fields = { name: 'Grace', password: 'a long sentence nobody guesses', action: 'create' };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => agent.clone().submit(form, 'create-account-form', fields)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.find(({ status }) => status === 200)?.text).toContain('Lantern Travel');
  expect(await accounts()).toHaveLength(1);
  expect((await agent.open(link)).status).toBe(410);
  const response = await op.authorize({ client: web, person: { email, password: fields.password } });
  expect(response.params.get('code')).not.toBeNull();
});

test('it is good for days, and not for longer', async () => {
  await invite('late@example.com');
  const mail = await mailTo(op.gatehouse, 'late@example.com');
  const link = /http\S+\/register\/\S+/.exec(mail.text)?.[0] ?? '';
  const move = (days: number) =>
    runSql(
      op.gatehouse.databaseUrl,
      `UPDATE email_challenge SET expires_at = expires_at - interval '${days} days' WHERE email = 'late@example.com'`,
    );
  await move(6);
  expect((await op.browser().open(link)).status).toBe(200);
  await move(2);
  expect((await op.browser().open(link)).status).toBe(410);
});

test('what makes no sense is said', async () => {
  expect((await invite(op.person.email)).said).toContain('There is an account with the address');
  expect((await invite('nonsense')).said).toContain('nonsense is no email address');
  const closed = { ...op.gatehouse.environment, ACCOUNT_REGISTRATION: 'closed' };
  expect((await runCli(closed, 'invite', 'x@example.com')).said).toContain('ACCOUNT_REGISTRATION is closed');
  expect(await mailsTo(op.gatehouse, 'x@example.com')).toEqual([]);
});
