import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { appNoticesTo, mailsTo } from '../support/mailbox.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

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
afterEach(() =>
  runSql(
    op.gatehouse.databaseUrl,
    `DELETE FROM email_challenge; UPDATE account SET status = 'active';
     INSERT INTO password_credential (account_id, hash, changed_at)
       SELECT id, '${hash}', now() FROM account ON CONFLICT (account_id) DO NOTHING`,
  ),
);

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);

function firefoxBrowser(): UserAgent {
  const agent = op.browser();
  const send = agent.send.bind(agent);
  agent.send = (method, url, body, headers) => send(method, url, body, { ...headers, 'User-Agent': firefox });
  return agent;
}

async function signIn(params: Record<string, string> = {}, agent = firefoxBrowser()): Promise<UserAgent> {
  await op.authorize({ client: web, agent, params });
  return agent;
}

/** The mail with this subject, which says when, with what and from where. */
async function told(subject: string): Promise<string> {
  const { text } = await until(`the mail: ${subject}`, async () =>
    (await mailsTo(op.gatehouse, op.person.email)).findLast(mail => mail.subject === subject),
  );
  expect(text).toMatch(
    new RegExp(`${new Date().getUTCFullYear()}.* UTC · Firefox on Linux · (::ffff:)?127\\.0\\.0\\.1`),
  );
  return text;
}

/** Follows "This wasn't me" to its end. */
async function alarm(text: string): Promise<void> {
  const owner = op.browser();
  const page = await owner.open(/http\S+\/not-me\/\S+/.exec(text)?.[0] ?? '');
  const done = await owner.submit(page, 'confirm-form', { action: 'confirm' });
  expect(done.text).toContain('The account is locked down');
  expect(await select('SELECT 1 FROM password_credential')).toEqual([]);
}

async function isSignedIn(agent: UserAgent): Promise<boolean> {
  const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
  return params.get('error') !== 'login_required';
}

test('who signs out everywhere else is told, and whoever did not do it locks the one out who did', async () => {
  const stranger = await signIn();
  const page = await stranger.open(`${op.issuer}/account`);
  await stranger.submit(page, 'account-form', { others: 'yes' });
  expect(await isSignedIn(stranger)).toBe(true);
  await alarm(await told('You were signed out everywhere else'));
  expect(await isSignedIn(stranger)).toBe(false);
});

test('a deactivated account comes back by the alarm, for who reads its mail and nobody else', async () => {
  const stranger = await signIn();
  const page = await stranger.open(`${op.issuer}/account/close`);
  await stranger.submit(page, 'close-form', { action: 'deactivate' });
  expect(await select("SELECT 1 FROM account WHERE status = 'deactivated'")).toHaveLength(1);
  await alarm(await told('Your account is deactivated'));
  expect(await select("SELECT 1 FROM account WHERE status = 'active'")).toHaveLength(1);
});

test('an app that may go on while nobody is there is told of, once; others are not', async () => {
  const notices = () => appNoticesTo(op.gatehouse, op.person.email);
  const agent = await signIn({ prompt: 'consent', scope: 'openid email' });
  await signIn({ prompt: 'consent', scope: 'openid offline_access' }, agent);
  const [mail] = await until('the notice', async () =>
    (await notices()).length > 0 ? notices() : undefined,
  );
  expect(mail?.subject).toBe('Lantern Travel has access to your account');
  expect(mail?.text).toContain('Firefox on Linux');
  await signIn({ prompt: 'consent', scope: 'openid offline_access' }, agent);
  const other = await op.register({ client_name: 'Notes' });
  await op.authorize({
    client: other,
    agent,
    params: { prompt: 'consent', scope: 'openid offline_access' },
  });
  await until('the notice of the other app', async () => (await notices()).length > 1);
  expect((await notices()).map(({ subject }) => subject)).toEqual([
    'Lantern Travel has access to your account',
    'Notes has access to your account',
  ]);
});
