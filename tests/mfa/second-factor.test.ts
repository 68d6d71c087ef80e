import { authorizationCodeGrant } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import {
  type AuthenticatorApp,
  authenticatorApp,
  enrolApp,
  recoveryCodesOn,
  secretOn,
} from '../support/authenticator-app.ts';
import { enterPassword } from '../support/enter-password.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { mailsTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const minute = 60_000;

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern Travel' });
});
afterAll(() => op.close());
// Half a minute is a step of every app, and nobody waits for one.
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(async () => {
  vi.useRealTimers();
  await forgetFactors(op.gatehouse);
});

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const later = (ms = minute) => vi.setSystemTime(Date.now() + ms);

/** Up to the question for the second factor. */
async function challenged(agent: UserAgent = op.browser(), params: Record<string, string> = {}) {
  const { page } = await enterPassword(op, web, { agent, params });
  return { agent, page };
}
const answer = (agent: UserAgent, page: Page, code: string, more: Record<string, string> = {}) =>
  agent.submit(page, 'challenge-form', { code, action: 'verify', ...more });
const isAccepted = ({ status, text }: Page) => status < 400 && !text.includes('id="challenge-form"');
const hasCode = ({ url }: Page) => new URL(url).searchParams.has('code');

describe('an authenticator app', () => {
  test('is set up by a code of it, and not before; from then on a password alone opens nothing', async () => {
    const agent = op.browser();
    const asked = await agent.open(`${op.issuer}/account/factors/totp`);
    const { page } = await answerPages(agent, asked, op.person);
    expect(page.text).toContain('src="data:image/svg+xml,');
    const wrong = await agent.submit(page, 'enrol-totp-form', { code: '000000', action: 'enrol' });
    expect(wrong.status).toBe(422);
    expect(secretOn(wrong)).toBe(secretOn(page));
    expect(await select('SELECT 1 FROM totp_credential')).toHaveLength(0);

    const { app, codes } = await enrolApp(op, { agent });
    expect(codes).toHaveLength(10);
    const [row] = await select<{ sealed_secret: string }>('SELECT sealed_secret FROM totp_credential');
    expect(row?.sealed_secret).not.toContain(app.secret);

    const { agent: other, page: question } = await challenged();
    expect(question.text).toContain('id="challenge-form"');
    // Half a sign-in is none: neither for the app, nor for the account.
    const silent = await op.authorize({ client: web, agent: other, params: { prompt: 'none' } });
    expect(silent.params.get('error')).toBe('login_required');
    expect((await other.open(`${op.issuer}/account`)).text).toContain('id="identifier-form"');
    expect(
      hasCode((await answerPages(other, await answer(other, question, app.code()), op.person)).page),
    ).toBe(true);
  });

  test('tells the app of two factors, and the owner of what happened', async () => {
    const { app } = await enrolApp(op);
    later();
    const { agent, page } = await challenged();
    const entered = await answer(agent, page, ` ${app.code().slice(0, 3)}-${app.code().slice(3)} `);
    expect(hasCode((await answerPages(agent, entered, op.person)).page)).toBe(true);
    const response = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
    expect(tokens.claims()).toMatchObject({
      amr: ['pwd', 'otp', 'mfa'],
    });
    const mails = await until('the mail arrives', async () => {
      const found = await mailsTo(op.gatehouse, op.person.email);
      return found.some(({ subject }) => subject === 'An authenticator app was set up') ? found : undefined;
    });
    expect(mails.at(-1)?.text).toContain('/not-me/');
    const activity = await agent.open(`${op.issuer}/account/activity`);
    expect(activity.text).toContain('Authenticator app set up');
  });

  test('a code counts once, and an older one never after it', async () => {
    const { app } = await enrolApp(op);
    later();
    const [before, now] = [app.code(-1), app.code()];
    const first = await challenged();
    expect(isAccepted(await answer(first.agent, first.page, now))).toBe(true);
    for (const code of [now, before]) {
      const again = await challenged();
      const refused = await answer(again.agent, again.page, code);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('not correct or was already used');
      expect(refused.text).not.toContain(code);
    }
    later();
    const next = await challenged();
    expect(isAccepted(await answer(next.agent, next.page, app.code()))).toBe(true);
  });

  test('wrong codes are counted by account, over all sign-ins, and make even the right one wait', async () => {
    const { app } = await enrolApp(op);
    later();
    for (let tries = 0; tries < 5; tries += 1) {
      const { agent, page } = await challenged();
      expect((await answer(agent, page, '000000')).status).toBe(422);
    }
    const { agent, page } = await challenged();
    const refused = await answer(agent, page, app.code());
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    later();
    expect(isAccepted(await answer(agent, refused, app.code()))).toBe(true);
    const failures = await select("SELECT 1 FROM audit_event WHERE type = 'factor.failed'");
    expect(failures.length).toBeGreaterThanOrEqual(5);
  });

  test('is removed by who has just proved it, with its recovery codes', async () => {
    const { app, agent } = await enrolApp(op);
    const page = await agent.open(`${op.issuer}/account/factors`);
    expect(page.text).toContain('10 of your recovery codes are left');
    // Another browser with the password alone, or trusted, is asked first.
    later();
    const other = op.browser();
    const stopped = await other.open(`${op.issuer}/account/factors`);
    const { page: question } = await answerPages(other, stopped, op.person);
    expect(question.text).toContain('id="challenge-form"');
    const entered = await answer(other, question, app.code());
    expect(entered.url).toBe(`${op.issuer}/account/factors`);
    await other.submit(entered, 'remove-totp-form', { remove: 'totp' });
    expect(await select('SELECT 1 FROM totp_credential')).toHaveLength(0);
    expect(await select('SELECT 1 FROM recovery_code')).toHaveLength(0);
    const { page: after } = await challenged();
    expect(after.text).not.toContain('id="challenge-form"');
  });
});

describe('recovery codes', () => {
  test('each lets in once, in any spelling, and the owner is told how many are left', async () => {
    const { codes } = await enrolApp(op);
    const [first = '', second = ''] = codes;
    const { agent, page } = await challenged();
    const instead = await agent.submit(page, 'challenge-form', { action: 'use-recovery-code' });
    expect(instead.text).toContain('Enter a recovery code');
    const spelt = first.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O').replaceAll('1', 'l');
    const entered = await answer(agent, instead, spelt);
    expect(hasCode((await answerPages(agent, entered, op.person)).page)).toBe(true);
    const mails = await until('the mail arrives', async () => {
      const found = await mailsTo(op.gatehouse, op.person.email);
      return found.find(({ subject }) => subject === 'A recovery code was used');
    });
    expect(mails.text).toContain('Left: 9.');

    const again = await challenged();
    const choice = await again.agent.submit(again.page, 'challenge-form', { action: 'use-recovery-code' });
    expect((await answer(again.agent, choice, first)).status).toBe(422);
    expect(isAccepted(await answer(again.agent, choice, second))).toBe(true);
    const rows = await select<{ code_digest: string }>('SELECT code_digest FROM recovery_code');
    expect(JSON.stringify(rows)).not.toContain(second.replaceAll('-', ''));
  });

  test('new ones make the old ones worthless', async () => {
    const { agent, codes } = await enrolApp(op);
    const page = await agent.open(`${op.issuer}/account/factors`);
    const renewed = await agent.submit(page, 'recovery-codes-form', { renew: 'codes' });
    const fresh = recoveryCodesOn(renewed);
    expect(fresh).toHaveLength(10);
    expect(fresh.some(code => codes.includes(code))).toBe(false);
    const { agent: other, page: question } = await challenged();
    const choice = await other.submit(question, 'challenge-form', { action: 'use-recovery-code' });
    expect((await answer(other, choice, codes[0] ?? '')).status).toBe(422);
    expect(isAccepted(await answer(other, choice, fresh[0] ?? ''))).toBe(true);
  });
});

describe('a trusted browser', () => {
  async function trusting(): Promise<{ agent: UserAgent; app: AuthenticatorApp }> {
    const { app } = await enrolApp(op);
    later();
    const { agent, page } = await challenged();
    await answerPages(agent, await answer(agent, page, app.code(), { trust: 'yes' }), op.person);
    return { agent, app };
  }
  const signInAgain = (agent: UserAgent, params: Record<string, string> = {}) =>
    op.authorize({ client: web, agent, params: { prompt: 'login', ...params } });

  test('is not asked again for 30 days, and the app is not told of two factors', async () => {
    const { agent } = await trusting();
    const response = await signInAgain(agent);
    const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
    expect(tokens.claims()).toMatchObject({ amr: ['pwd'] });
    // It is where the trust is, and nowhere else.
    expect((await challenged()).page.text).toContain('id="challenge-form"');
    later(31 * 24 * 60 * minute);
    expect((await signInAgain(agent)).forms).not.toContain('consent-form');
    expect((await signInAgain(agent)).page.text).toContain('id="challenge-form"');
  });

  test('is asked by an app that requires two factors, and in the account before anything changes', async () => {
    const { agent } = await trusting();
    expect((await signInAgain(agent)).mode).toBe('query');
    const asked = await signInAgain(agent, { acr_values: 'urn:gatehouse:acr:multi-factor' });
    expect(asked.page.text).toContain('id="challenge-form"');
    const page = await agent.open(`${op.issuer}/account/factors`);
    const { page: stopped } = await answerPages(agent, page, op.person);
    expect(stopped.text).toContain('id="challenge-form"');
  });

  test('ends with a password or a factor that changes, and by hand', async () => {
    const { agent, app } = await trusting();
    later();
    const page = await agent.open(`${op.issuer}/account/factors`);
    const { page: question } = await answerPages(agent, page, op.person);
    const list = question.text.includes('challenge-form')
      ? await answer(agent, question, app.code())
      : question;
    expect(list.text).toContain('Trusted browsers');
    const id = /name="distrust" value="([^"]+)"/.exec(list.text)?.[1] ?? '';
    await agent.submit(list, 'browsers-form', { distrust: id });
    expect((await signInAgain(agent)).page.text).toContain('id="challenge-form"');
    later();
    const again = await signInAgain(agent);
    await answerPages(agent, await answer(agent, again.page, app.code(), { trust: 'yes' }), op.person);
    expect((await signInAgain(agent)).mode).toBe('query');
    // Another factor, set up in another browser that has proved the first.
    later();
    const other = op.browser();
    const asked = await answerPages(other, await other.open(`${op.issuer}/account/factors/totp`), op.person);
    const enrolment = await answer(other, asked.page, app.code());
    const next = authenticatorApp(secretOn(enrolment));
    await other.submit(enrolment, 'enrol-totp-form', { code: next.code(-1), action: 'enrol' });
    expect((await signInAgain(agent)).page.text).toContain('id="challenge-form"');
  });

  test('ends with the password, however that is changed', async () => {
    const { agent, app } = await trusting();
    const [before] = await select<{ hash: string }>('SELECT hash FROM password_credential');
    later();
    const page = await agent.open(`${op.issuer}/account/password`);
    const { page: question } = await answerPages(agent, page, op.person);
    const form = question.text.includes('challenge-form')
      ? await answer(agent, question, app.code())
      : question;
    await agent.submit(form, 'reset-password-form', { password: 'violet umbrellas sing quietly' });
    const { page: stopped } = await enterPassword(op, web, {
      agent,
      params: { prompt: 'login' },
      person: { ...op.person, password: 'violet umbrellas sing quietly' },
    });
    expect(stopped.text).toContain('id="challenge-form"');
    await runSql(
      op.gatehouse.databaseUrl,
      `UPDATE password_credential SET hash = '${before?.hash ?? ''}', changed_at = now() - interval '1 day'`,
    );
  });

  test('is worth nothing for another account', async () => {
    const { agent } = await trusting();
    const [row] = await select<{ id: string }>("SELECT id FROM account WHERE email = 'ada@example.com'");
    const stolen = agent.clone();
    expect((await signInAgain(stolen)).mode).toBe('query');
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at, email_verified)
       VALUES ('0193a1b2-0000-7000-8000-00000000beef', 'eve@example.com', 'eve@example.com', now(), now(), true);
       UPDATE trusted_browser SET account_id = '0193a1b2-0000-7000-8000-00000000beef' WHERE account_id = '${row?.id ?? ''}'`,
    );
    expect((await signInAgain(agent)).page.text).toContain('id="challenge-form"');
    await runSql(op.gatehouse.databaseUrl, "DELETE FROM account WHERE email = 'eve@example.com'");
  });
});

describe('a password beside a second factor', () => {
  test('may have eight characters, and has to be longer again when the factor is gone', async () => {
    const agent = op.browser();
    const asked = await agent.open(`${op.issuer}/account/password`);
    const { page } = await answerPages(agent, asked, op.person);
    expect(page.text).toContain('At least 15 characters');
    const refused = await agent.submit(page, 'reset-password-form', { password: 'kV7#pQz2' });
    expect(refused.status).toBe(422);

    await enrolApp(op, { agent });
    const beside = await agent.open(`${op.issuer}/account/password`);
    expect(beside.text).toContain('At least 8 characters');
    const [before] = await select<{ hash: string }>('SELECT hash FROM password_credential');
    const done = await agent.submit(beside, 'reset-password-form', { password: 'kV7#pQz2' });
    expect(done.url).toBe(`${op.issuer}/account`);
    const person = { ...op.person, password: 'kV7#pQz2' };
    expect((await enterPassword(op, web, { person })).page.text).toContain('id="challenge-form"');
    await runSql(op.gatehouse.databaseUrl, 'DELETE FROM totp_credential');
    const alone = await enterPassword(op, web, { person });
    expect(alone.page.text).toContain('Without a second factor your password is too short');
    await runSql(
      op.gatehouse.databaseUrl,
      `UPDATE password_credential SET hash = '${before?.hash ?? ''}', is_short = false, changed_at = now() - interval '1 day'`,
    );
  });
});
