import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authenticatorApp, secretOn } from '../support/authenticator-app.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

let gatehouse: TestGatehouse;
const password = 'a long sentence nobody guesses';
const good = { name: 'Grace Hopper', email: 'grace@example.com', password };

beforeAll(async () => {
  gatehouse = await startTestGatehouse();
});
afterAll(() => gatehouse.close());

const link = () => gatehouse.setupUrl ?? '';
const owners = () =>
  selectRows<{ email: string }>(gatehouse.databaseUrl, 'SELECT email FROM account WHERE is_owner');

describe('the set-up link', () => {
  test('opens in the language that is chosen on it', async () => {
    const agent = new UserAgent();
    expect((await agent.open(`${link()}?lang=de`)).text).toContain('<html lang="de"');
    expect((await agent.open(link())).text).toContain('<html lang="de"');
  });

  test('refuses what is not good enough, keeps what was entered, never the password', async () => {
    const agent = new UserAgent();
    const page = await agent.open(link());
    const answer = await agent.submit(page, 'set-up-form', { name: ' ', email: 'grace', password: 'short' });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Enter your name.');
    expect(answer.text).toContain('Enter an email address, like name@example.com.');
    expect(answer.text).toContain('value="grace"');

    const short = await agent.submit(page, 'set-up-form', { ...good, password: 'fourteen chars' });
    expect(short.text).toContain('The password needs at least 15 characters.');
    expect(short.text).not.toContain('fourteen chars');
    const long = await agent.submit(page, 'set-up-form', { ...good, password: 'x'.repeat(1025) });
    expect(long.text).toContain('The password is too long.');
    const same = await agent.submit(page, 'set-up-form', {
      ...good,
      email: 'a.long.name@example.com',
      password: 'A.Long.Name@example.com',
    });
    expect(same.text).toContain('The password must not be your email address.');
    const taken = await agent.submit(page, 'set-up-form', { ...good, email: 'ADA@example.com' });
    expect(taken.text).toContain('Another account uses this email address.');
    expect(await owners()).toEqual([]);
  });

  test('a form from another site makes nobody an administrator', async () => {
    const agent = new UserAgent();
    const page = await agent.open(link());
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const body = new URLSearchParams({ ...good, csrf }).toString();
    expect((await agent.send('POST', link(), body, { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    const withoutToken = new URLSearchParams(good).toString();
    expect((await agent.send('POST', link(), withoutToken, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(
      403,
    );
    expect(await owners()).toEqual([]);
  });

  test('an expired or invented link is dead', async () => {
    const agent = new UserAgent();
    expect((await agent.open(`${gatehouse.issuer}/setup/invented`)).status).toBe(410);
    await runSql(gatehouse.databaseUrl, "UPDATE setup_link SET expires_at = now() - interval '1 second'");
    const dead = await agent.open(link());
    expect(dead.status).toBe(410);
    expect(dead.text).toContain('npm run setup-link');
    await runSql(gatehouse.databaseUrl, "UPDATE setup_link SET expires_at = now() + interval '1 day'");
    expect((await agent.open(link())).status).toBe(200);
  });

  test('sent ten times at once makes one account, tells its owner by mail, and is dead from then on', async () => {
    const agent = new UserAgent();
    const page = await agent.open(link());
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        agent.submit(page, 'set-up-form', { ...good, email: `grace${index}@example.com` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(9);
    const [owner, ...others] = await owners();
    expect(others).toEqual([]);
    expect((await agent.open(link())).status).toBe(410);
    const links = await selectRows<{ token_hash: string }>(
      gatehouse.databaseUrl,
      'SELECT token_hash FROM setup_link',
    );
    expect(JSON.stringify(links)).not.toContain(link().split('/').at(-1));

    const mail = await until('the mail arrives', async () => {
      const response = await fetch(`${gatehouse.facts.mailbox_url}/messages.json`);
      return ((await response.json()) as { to: string; subject: string; text: string }[])[0];
    });
    expect(mail).toMatchObject({ to: owner?.email, subject: 'Your Gatehouse account is ready' });
    expect(mail.text).toContain(gatehouse.issuer);

    const web = await RelyingParty.discover(
      gatehouse.issuer,
      gatehouse.facts.clients['demo-web'] ?? { client_id: '' },
      `${gatehouse.facts.sample_url}/callback`,
    );
    const { url } = await web.request();
    const browser = new UserAgent([gatehouse.facts.sample_url]);
    const { page: last } = await answerPages(browser, await browser.open(url), {
      email: owner?.email ?? '',
      password,
    });
    // Whoever owns this Gatehouse has a second factor before anything else.
    expect(last.text).toContain('id="enrol-passkey-form"');
    const enrolment = await browser.submit(last, 'enrol-passkey-form', { action: 'other' });
    const app = authenticatorApp(secretOn(enrolment));
    const codes = await browser.submit(enrolment, 'enrol-totp-form', { code: app.code(), action: 'enrol' });
    const saved = await browser.submit(codes, 'recovery-codes-form', { saved: 'yes' });
    expect((await answerPages(browser, saved, { email: '', password: '' })).page.url).toContain('code=');
  });
});
