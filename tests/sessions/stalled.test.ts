import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

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
    `DELETE FROM account_session; UPDATE password_credential SET hash = '${hash}', changed_at = '2026-01-01'`,
  ),
);

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const openSessions = () => select('SELECT id FROM account_session WHERE ended_at IS NULL');

/** Enters the right password, and nothing after it. */
async function enterPassword(agent: UserAgent) {
  const started = await agent.open(
    `${op.metadata.authorization_endpoint ?? ''}?${new URLSearchParams({
      client_id: web.id,
      response_type: 'code',
      scope: 'openid email',
      redirect_uri: 'https://rp.example/callback',
      prompt: 'consent',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    }).toString()}`,
  );
  const named = await agent.submit(started, 'identifier-form', { identifier: op.person.email });
  return agent.submit(named, 'password-form', { password: op.person.password });
}

/** A browser that does not go back to where the sign-in ends, until it is let go. */
function stalling() {
  const agent = op.browser();
  const send = agent.send.bind(agent);
  let held: string | undefined;
  agent.send = (method, url, body, headers) => {
    if (!/\/auth\/[\w-]+$/.test(new URL(url).pathname)) return send(method, url, body, headers);
    held = url;
    return Promise.resolve({ status: 200, text: '', headers: new Headers(), url });
  };
  return {
    agent,
    goOn() {
      agent.send = send;
      return agent.open(held ?? '');
    },
  };
}

const isSignedIn = async (agent: UserAgent) =>
  (await agent.clone().open(`${op.issuer}/account`)).text.includes('id="account-form"');

test('who stops at the question for consent is on record, and is signed out with all others', async () => {
  const stranger = op.browser();
  const asked = await enterPassword(stranger);
  expect(asked.text).toContain('id="consent-form"');
  expect(await isSignedIn(stranger)).toBe(true);
  const owner = op.browser();
  await op.authorize({ client: web, agent: owner });
  await until('both are on record', async () => (await openSessions()).length === 2);
  const home = await owner.open(`${op.issuer}/account`);
  await owner.submit(home, 'account-form', { others: 'yes' });
  expect(await isSignedIn(stranger)).toBe(false);
  const after = await stranger.submit(asked, 'consent-form', { action: 'allow', scope: ['email'] });
  expect(after.text).toContain('This sign-in has expired');
});

test('a password that is changed before a sign-in with it ends opens no session that lasts', async () => {
  const untouched = stalling();
  await enterPassword(untouched.agent);
  await untouched.goOn();
  expect(await isSignedIn(untouched.agent)).toBe(true);

  const stranger = stalling();
  await enterPassword(stranger.agent);
  expect(await isSignedIn(stranger.agent)).toBe(false);
  // As after a reset, a second later at the earliest.
  await runSql(
    op.gatehouse.databaseUrl,
    "UPDATE password_credential SET changed_at = now() + interval '2 s'",
  );
  await stranger.goOn();
  await until('the session is over', async () => !(await isSignedIn(stranger.agent)));

  const other = stalling();
  await enterPassword(other.agent);
  // As a lockdown takes it away.
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM password_credential');
  await other.goOn();
  await until('the session is over', async () => !(await isSignedIn(other.agent)));
  expect(await isSignedIn(untouched.agent)).toBe(true);
});
