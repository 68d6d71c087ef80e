import { clientCredentialsGrant, initiateBackchannelAuthentication } from 'openid-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox } from '../../src/mail/index.ts';
import { remindOfFactors } from '../../src/mfa/index.ts';
import { openTemplates } from '../../src/start/open-templates.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { kiosk } from '../conformance/ciba-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { authenticatorApp, secretOn } from '../support/authenticator-app.ts';
import { enterPassword } from '../support/enter-password.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { mailsTo, type ReceivedMail } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page } from '../support/user-agent.ts';

const dayMs = 24 * 60 * 60 * 1000;
const hasCode = ({ url }: Page) => new URL(url).searchParams.has('code');
const codeIn = ({ text }: ReceivedMail) => /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';

let op: OpUnderTest;
let web: TestClient;
const starting = (environment: Record<string, string>) => {
  beforeAll(async () => {
    op = await startOp(environment);
    web = await op.register({ client_name: 'Lantern Travel' });
  });
  afterAll(() => op.close());
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(async () => {
    vi.useRealTimers();
    await forgetFactors(op.gatehouse, 'UPDATE account SET is_owner = false');
  });
};
const mailAbout = (subject: RegExp) =>
  until('the mail arrives', async () =>
    (await mailsTo(op.gatehouse, op.person.email)).findLast(mail => subject.test(mail.subject)),
  );

describe('required of everybody', () => {
  starting({ SECOND_FACTOR: 'required', SECOND_FACTOR_GRACE_DAYS: '10' });

  test('is a reminder at first, at every sign-in and by mail, and a must from the day that was said', async () => {
    const { agent, page } = await enterPassword(op, web, {});
    expect(page.text).toContain('you need a second way');
    const later = await agent.submit(page, 'enrol-passkey-form', { action: 'later' });
    expect(hasCode((await answerPages(agent, later, op.person)).page)).toBe(true);
    expect((await mailAbout(/needs a second step/)).text).toContain('/account/factors');
    // Silently nothing stops before that day.
    const silent = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(silent.mode).toBe('query');

    vi.setSystemTime(Date.now() + 9 * dayMs);
    const again = await enterPassword(op, web, {});
    expect(again.page.text).toContain('id="later"');
    vi.setSystemTime(Date.now() + 2 * dayMs);
    const late = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(late.params.get('error')).toBe('interaction_required');
    const { agent: other, page: must } = await enterPassword(op, web, {});
    expect(must.text).not.toContain('id="later"');
    const tried = await other.submit(must, 'enrol-passkey-form', { action: 'later' });
    expect(tried.status).toBe(422);
    const instead = await other.submit(tried, 'enrol-passkey-form', { action: 'other' });
    const app = authenticatorApp(secretOn(instead));
    const codes = await other.submit(instead, 'enrol-totp-form', { code: app.code(), action: 'enrol' });
    const done = await other.submit(codes, 'recovery-codes-form', { saved: 'yes' });
    expect(hasCode((await answerPages(other, done, op.person)).page)).toBe(true);
  });

  test('a last mail is written once, a few days before', async () => {
    const { agent, page } = await enterPassword(op, web, {});
    await agent.submit(page, 'enrol-passkey-form', { action: 'later' });
    const database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 3 });
    const templates = openTemplates();
    const clock = { now: () => Date.now() };
    const sealer = createSealer([{ id: 'a', bytes: Buffer.alloc(32, 1) }]);
    const log = createLogger({ level: 'silent', destination: { write: () => undefined } });
    const mailer = createMailer({ url: 'smtp://127.0.0.1:1', from: 'id@lantern.example' });
    const outbox = createOutbox({ database, clock, sealer, log, templates, mailer });
    const remind = () =>
      remindOfFactors({ database, clock, outbox, issuer: op.issuer, locales: templates.locales });
    const reminded = () =>
      selectRows(op.gatehouse.databaseUrl, 'SELECT 1 FROM factor_reminder WHERE reminded_at IS NOT NULL');
    await remind();
    expect(await reminded()).toHaveLength(0);
    vi.setSystemTime(Date.now() + 8 * dayMs);
    const mails = "SELECT 1 FROM outgoing_mail WHERE name = 'second-factor-due'";
    const before = (await selectRows(op.gatehouse.databaseUrl, mails)).length;
    await Promise.all([remind(), remind(), remind()]);
    expect(await reminded()).toHaveLength(1);
    expect((await selectRows(op.gatehouse.databaseUrl, mails)).length).toBe(before + 1);
    await outbox.close();
    await database.close();
  });
});

describe('off', () => {
  starting({ SECOND_FACTOR: 'off', SECOND_FACTOR_OF_OWNERS: 'required' });

  test('nobody is offered one, and an app that needs one hears that there is none', async () => {
    const agent = op.browser();
    const asked = await agent.open(`${op.issuer}/account/factors`);
    const { page } = await answerPages(agent, asked, op.person);
    expect(page.text).not.toContain('id="add-totp"');
    for (const path of ['/account/factors/totp', '/account/factors/passkey']) {
      expect((await agent.open(op.issuer + path)).status).toBe(403);
    }
    const { params } = await op.authorize({
      client: web,
      agent,
      params: {
        claims: JSON.stringify({
          id_token: { acr: { essential: true, value: 'urn:gatehouse:acr:multi-factor' } },
        }),
      },
    });
    expect(params.get('error')).toBe('unmet_authentication_requirements');
  });

  test('a request from elsewhere that needs one can be approved by nobody, on our page or by a tool', async () => {
    const till = await op.register({
      ...kiosk,
      backchannel_token_delivery_mode: 'poll',
      minimum_acr: 'urn:gatehouse:acr:multi-factor',
    });
    await initiateBackchannelAuthentication(till.config, { scope: 'openid', login_hint: op.person.email });
    const [row] = await selectRows<{ id: string }>(
      op.gatehouse.databaseUrl,
      'SELECT id FROM backchannel_request ORDER BY id DESC LIMIT 1',
    );
    const id = row?.id ?? '';
    const agent = op.browser();
    const { page } = await answerPages(agent, await agent.open(`${op.issuer}/approve/${id}`), op.person);
    expect(page.status).toBe(403);
    expect(page.text).toContain('This cannot be approved');

    const tool = await op.register({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      resource_scopes: { [`${op.issuer}/api`]: 'grants:write' },
    });
    await op.giveRole(tool, 'administrator');
    const { access_token: token } = await clientCredentialsGrant(tool.config, {
      resource: `${op.issuer}/api`,
      scope: 'grants:write',
    });
    const decide = (decision: string) =>
      fetch(`${op.gatehouse.facts.management_url}/api/v1/backchannel-requests/${id}/decision`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ decision }),
      });
    expect((await decide('approved')).status).toBe(409);
    expect((await decide('denied')).status).toBe(200);
  });

  test('but owners have to, and at once', async () => {
    await runSql(op.gatehouse.databaseUrl, 'UPDATE account SET is_owner = true');
    const { page } = await enterPassword(op, web, {});
    expect(page.text).toContain('id="enrol-passkey-form"');
    expect(page.text).not.toContain('id="later"');
  });
});

describe('a code by mail for a new browser', () => {
  starting({ NEW_DEVICE_CODE: 'on' });

  test('has to be entered where nobody signed in before, and once', async () => {
    const { agent, page } = await enterPassword(op, web, {});
    expect(page.text).toContain('Nobody has signed in to your account in this browser before');
    expect(
      (await op.authorize({ client: web, agent: agent.clone(), params: { prompt: 'none' } })).params.get(
        'error',
      ),
    ).toBe('login_required');
    const wrong = await agent.submit(page, 'prove-address-form', { code: '00000000', action: 'continue' });
    expect(wrong.status).toBe(422);
    const mail = await mailAbout(/^Your code to sign in$/);
    const proven = await agent.submit(wrong, 'prove-address-form', {
      code: codeIn(mail),
      action: 'continue',
    });
    expect(hasCode((await answerPages(agent, proven, op.person)).page)).toBe(true);
    const again = await op.authorize({ client: web, agent, params: { prompt: 'login' } });
    expect(again.mode).toBe('query');
  });

  test('is not worth a second factor', async () => {
    const { agent, page } = await enterPassword(op, web, {
      params: { acr_values: 'urn:gatehouse:acr:multi-factor' },
    });
    const mail = await until('the code arrives', async () => {
      const found = (await mailsTo(op.gatehouse, op.person.email)).filter(
        ({ subject }) => subject === 'Your code to sign in',
      );
      return found.length > 1 ? found.at(-1) : undefined;
    });
    const proven = await agent.submit(page, 'prove-address-form', { code: codeIn(mail), action: 'continue' });
    expect(hasCode((await answerPages(agent, proven, op.person)).page)).toBe(true);
    const [event] = await selectRows<{ n: string }>(
      op.gatehouse.databaseUrl,
      "SELECT count(*) AS n FROM audit_event WHERE type = 'factor.enrolled'",
    );
    expect(Number(event?.n)).toBe(0);
  });
});

describe('a code by mail in place of the password', () => {
  starting({});

  async function asking(identifier: string) {
    const { agent, page } = await enterPassword(op, web, { person: { email: identifier, password: '' } });
    return { agent, page: await agent.submit(page, 'password-form', { action: 'code' }) };
  }

  test('signs in; says the same of who is unknown; and is good for ten minutes', async () => {
    const { agent, page } = await asking(op.person.email);
    const mail = await mailAbout(/^Your code to sign in$/);
    const unknown = await asking('nobody@example.com');
    const shape = ({ text }: Page) =>
      text
        .replaceAll(/\/interaction\/[^"]+/g, '')
        .replaceAll(/value="[^"]{20,}"/g, '')
        .replaceAll(/ada@example\.com|nobody@example\.com/g, '');
    expect(shape(unknown.page)).toBe(shape(page));
    const refused = await unknown.agent.submit(unknown.page, 'prove-address-form', {
      code: codeIn(mail),
      action: 'continue',
    });
    expect(refused.status).toBe(422);
    const old = agent.clone();
    vi.setSystemTime(Date.now() + 11 * 60_000);
    expect(
      (await old.submit(page, 'prove-address-form', { code: codeIn(mail), action: 'continue' })).status,
    ).toBe(422);
    vi.setSystemTime(Date.now() - 11 * 60_000);
    const proven = await agent.submit(page, 'prove-address-form', { code: codeIn(mail), action: 'continue' });
    expect(hasCode((await answerPages(agent, proven, op.person)).page)).toBe(true);
  });

  test('its tries are counted over resent codes and new sign-ins', async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      const { agent, page } = await asking(op.person.email);
      const sent = await agent.submit(page, 'prove-address-form', { code: '00000000', action: 'continue' });
      expect(sent.status).toBe(422);
    }
    const { agent, page } = await asking(op.person.email);
    const sent = await agent.submit(page, 'prove-address-form', { code: '00000000', action: 'continue' });
    expect(sent.status).toBe(429);
    // The password is another matter.
    const back = await agent.submit(page, 'prove-address-form', { action: 'change' });
    expect(back.text).toContain('id="password-form"');
    const right = await agent.submit(back, 'password-form', {
      password: op.person.password,
      action: 'sign-in',
    });
    expect(hasCode((await answerPages(agent, right, op.person)).page)).toBe(true);
  });
});

describe('where a code by mail is no way in', () => {
  starting({ SIGN_IN_BY_MAIL: 'off' });

  test('it is not offered, and asking for it gets nothing', async () => {
    const { agent, page } = await enterPassword(op, web, { person: { ...op.person, password: '' } });
    expect(page.text).not.toContain('id="code-by-mail"');
    const sent = await agent.submit(page, 'password-form', { action: 'code' });
    expect(sent.status).toBe(422);
    expect(await selectRows(op.gatehouse.databaseUrl, 'SELECT 1 FROM email_challenge')).toEqual([]);
  });
});
