import { authorizationCodeGrant, refreshTokenGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo, mailTo, type ReceivedMail } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const fresh = 'a new sentence nobody guesses';

let op: OpUnderTest;
let web: TestClient;
let hash: string;
/** Mails that were there before the test. */
let before: number;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern', client_uri: 'https://rp.example/' });
  [{ hash }] = (await hashes()) as [{ hash: string }];
});
afterAll(() => op.close());
beforeEach(async () => {
  // What the test before caused is not taken for what this one causes.
  await until('all mail has left', async () => {
    const waiting = "SELECT 1 FROM outgoing_mail WHERE status = 'waiting'";
    return (await selectRows(op.gatehouse.databaseUrl, waiting)).length === 0;
  });
  before = (await mailsTo(op.gatehouse, op.person.email)).length;
});
afterEach(async () => {
  await runSql(op.gatehouse.databaseUrl, `UPDATE password_credential SET hash = '${hash}'`);
  await runSql(op.gatehouse.databaseUrl, 'DELETE FROM attempt_bucket; DELETE FROM email_challenge');
});

const hashes = () =>
  selectRows<{ hash: string }>(op.gatehouse.databaseUrl, 'SELECT hash FROM password_credential');
const codeIn = ({ text }: ReceivedMail) => /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';
const linkIn = ({ text }: ReceivedMail) => /https?:\S+\/recover\/\S+/.exec(text)?.[0] ?? '';
const received = (nth = 1) => mailTo(op.gatehouse, op.person.email, before + nth);

async function askForPassword(agent: UserAgent, identifier: string, prompt?: string): Promise<Page> {
  const url = new URL(`${op.issuer}/auth`);
  url.search = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: callback,
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
  }).toString();
  const first = await agent.open(url.href);
  // Whoever is signed in is not asked who they are.
  if (first.text.includes('id="password-form"')) return first;
  return agent.submit(first, 'identifier-form', { identifier, action: 'continue' });
}

/** Up to "Check your email". */
async function forgot(agent: UserAgent, email = op.person.email, prompt?: string): Promise<Page> {
  const asked = await askForPassword(agent, email, prompt);
  const recover = await agent.submit(asked, 'password-form', { action: 'forgot' });
  expect(recover.text).toContain(`value="${email}"`);
  return agent.submit(recover, 'recover-form', { email, action: 'recover' });
}

const enter = (agent: UserAgent, page: Page, code: string) =>
  agent.submit(page, 'prove-address-form', { code, action: 'continue' });
const change = (agent: UserAgent, page: Page, own: Record<string, string> = {}) =>
  agent.submit(page, 'reset-password-form', { password: fresh, sign_out: 'yes', ...own });
async function signIn(password: string): Promise<boolean> {
  const agent = op.browser();
  const asked = await askForPassword(agent, op.person.email);
  const { page } = await answerPages(agent, asked, { ...op.person, password });
  return page.url.startsWith(callback);
}

describe('a forgotten password', () => {
  test('by code: the new one counts, the old one does not, and the sign-in goes on to the app', async () => {
    const agent = op.browser();
    const page = await enter(agent, await forgot(agent), codeIn(await received()));
    const weak = await change(agent, page, { password: 'short' });
    expect(weak.status).toBe(422);
    const { page: end } = await answerPages(agent, await change(agent, page), op.person);
    expect(new URL(end.url).searchParams.get('code')).not.toBeNull();
    expect((await received(2)).subject).toBe('Your password was changed');
    expect(await signIn(fresh)).toBe(true);
    expect(await signIn(op.person.password)).toBe(false);
    const log = JSON.stringify(op.gatehouse.log);
    for (const secret of [fresh, op.person.email]) expect(log).not.toContain(secret);
  });

  test('by link, in another browser: opening it changes nothing, and it works once', async () => {
    const asking = op.browser();
    const check = await forgot(asking);
    const link = linkIn(await received());
    const reading = op.browser();
    await reading.open(link);
    expect(await hashes()).toEqual([{ hash }]);
    const form = await reading.open(link);
    const answers = await Promise.all(Array.from({ length: 20 }, () => change(reading, form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
    expect(answers.find(({ status }) => status === 200)?.text).toContain('Your password is changed');
    expect((await reading.open(link)).status).toBe(410);
    // Whoever asked goes on by signing in.
    expect((await enter(asking, check, '')).text).toContain('id="password-form"');
  });

  test('signs out everywhere else: sessions, tokens, in every app', async () => {
    const elsewhere = op.browser();
    const scope = 'openid offline_access';
    const signedIn = await op.authorize({
      client: web,
      agent: elsewhere,
      params: { scope, prompt: 'consent' },
    });
    const tokens = await authorizationCodeGrant(web.config, signedIn.url, checksOf(signedIn));
    const silent = async () =>
      (await op.authorize({ client: web, agent: elsewhere, params: { prompt: 'none' } })).params.get('error');
    expect(await silent()).toBeNull();
    await until('the session is on record', async () => {
      return (await selectRows(op.gatehouse.databaseUrl, 'SELECT 1 FROM account_session')).length > 0;
    });

    const agent = op.browser();
    const page = await enter(agent, await forgot(agent), codeIn(await received()));
    await answerPages(agent, await change(agent, page), op.person);
    expect(await silent()).toBe('login_required');
    await expect(refreshTokenGrant(web.config, tokens.refresh_token ?? '')).rejects.toThrow();
    // The one who did it is signed in.
    const here = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(here.params.get('code')).not.toBeNull();
  });

  test('also where the app asked for a new sign-in in an open session: the request goes on in it', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const page = await enter(agent, await forgot(agent, op.person.email, 'login'), codeIn(await received()));
    const { page: end } = await answerPages(agent, await change(agent, page), op.person);
    expect(new URL(end.url).searchParams.get('code')).not.toBeNull();
  });

  test('unless the person leaves them signed in', async () => {
    const elsewhere = op.browser();
    await op.authorize({ client: web, agent: elsewhere });
    const agent = op.browser();
    const page = await enter(agent, await forgot(agent), codeIn(await received()));
    const form = { ...page, text: page.text.replaceAll('value="yes"', '') };
    await agent.submit(form, 'reset-password-form', { password: fresh });
    const silent = await op.authorize({ client: web, agent: elsewhere, params: { prompt: 'none' } });
    expect(silent.params.get('code')).not.toBeNull();
  });

  test('nobody waits any longer for the guesses of others', async () => {
    for (let guess = 0; guess < 6; guess += 1) {
      const stranger = op.browser();
      const asked = await askForPassword(stranger, op.person.email);
      await stranger.submit(asked, 'password-form', { password: `guess ${guess}`, action: 'sign-in' });
    }
    expect(await signIn(op.person.password)).toBe(false);
    const agent = op.browser();
    const asking = await forgot(agent);
    // The first mail tells them of the guesses.
    await change(agent, await enter(agent, asking, codeIn(await received(2))));
    expect(await signIn(fresh)).toBe(true);
  });

  test('who has no account, or a disabled one, sees the same to the byte and gets no mail', async () => {
    const plain = (page: Page, address: string) =>
      page.text.replaceAll(address, 'ADDRESS').replaceAll(/(interaction\/|csrf" value=")[\w-]+/g, '$1');
    const real = await forgot(op.browser());
    await received();
    const missing = await forgot(op.browser(), 'nobody@example.com');
    expect(plain(missing, 'nobody@example.com')).toBe(plain(real, op.person.email));
    await runSql(op.gatehouse.databaseUrl, "UPDATE account SET status = 'disabled'");
    const disabled = await forgot(op.browser());
    expect(plain(disabled, op.person.email)).toBe(plain(real, op.person.email));
    const rows = await selectRows<{ status: string }>(
      op.gatehouse.databaseUrl,
      "SELECT status FROM outgoing_mail WHERE name = 'reset-password' ORDER BY created_at DESC LIMIT 2",
    );
    expect(rows).toEqual([{ status: 'to-nobody' }, { status: 'to-nobody' }]);
    await runSql(op.gatehouse.databaseUrl, "UPDATE account SET status = 'active'");
    expect(await mailsTo(op.gatehouse, 'nobody@example.com')).toEqual([]);
  });

  test('an address that nobody has proven is no way in; an operator’s link is, once', async () => {
    await runSql(op.gatehouse.databaseUrl, 'UPDATE account SET email_verified = false');
    const agent = op.browser();
    await forgot(agent);
    expect(
      await selectRows(
        op.gatehouse.databaseUrl,
        "SELECT status FROM outgoing_mail WHERE name = 'reset-password' ORDER BY id DESC LIMIT 1",
      ),
    ).toEqual([{ status: 'to-nobody' }]);
    const cli = (...words: string[]) => runCli(op.gatehouse.environment, ...words);
    const { said } = await cli('reset-link', op.person.email.toUpperCase());
    const link = /https?:\S+\/recover\/\S+/.exec(said)?.[0] ?? '';
    expect((await change(op.browser(), await op.browser().open(link))).text).toContain(
      'Your password is changed',
    );
    expect((await op.browser().open(link)).status).toBe(410);
    expect((await cli('reset-link', 'nobody@example.com')).said).toContain('There is no active account');
    await runSql(op.gatehouse.databaseUrl, 'UPDATE account SET email_verified = true');
  });

  test('another code may be asked for after a minute; another address, or none, at any time', async () => {
    const agent = op.browser();
    const check = await forgot(agent);
    const first = await received();
    expect((await agent.submit(check, 'prove-address-form', { action: 'resend' })).status).toBe(422);
    await runSql(op.gatehouse.databaseUrl, "UPDATE email_challenge SET sent_at = sent_at - interval '61 s'");
    const again = await agent.submit(check, 'prove-address-form', { action: 'resend' });
    expect((await enter(agent, again, codeIn(first))).status).toBe(422);
    expect((await enter(agent, again, '')).status).toBe(422);
    const recover = await agent.submit(again, 'prove-address-form', { action: 'change' });
    const wrong = await agent.submit(recover, 'recover-form', { email: 'ada', action: 'recover' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('value="ada"');
    const back = await agent.submit(wrong, 'recover-form', { action: 'sign-in' });
    expect(back.text).toContain('id="password-form"');
  });

  test('a challenge that is gone begins again', async () => {
    const agent = op.browser();
    const page = await enter(agent, await forgot(agent), codeIn(await received()));
    await runSql(op.gatehouse.databaseUrl, 'DELETE FROM email_challenge');
    expect((await change(agent, page)).text).toContain('id="recover-form"');
    expect(await hashes()).toEqual([{ hash }]);
  });

  test('steps out of order change nothing', async () => {
    const agent = op.browser();
    const check = await forgot(agent);
    const form = check.text.replace('prove-address-form', 'reset-password-form');
    await change(agent, { ...check, text: form });
    expect(await hashes()).toEqual([{ hash }]);
    expect((await op.browser().open(`${op.issuer}/recover/invented`)).status).toBe(410);
    // A link for a new account is none for a new password.
    const link = linkIn(await received());
    expect((await op.browser().open(link.replace('/recover/', '/register/'))).status).toBe(410);
    expect((await op.browser().open(link)).status).toBe(200);
  });
});
