import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { recoveryCodesOn } from '../support/authenticator-app.ts';
import { enrolPasskey, passkeyOptionsOn } from '../support/enrol-passkey.ts';
import { enterPassword } from '../support/enter-password.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows } from '../support/services.ts';
import { type Behaviour, createPasskey, type SoftwarePasskey } from '../support/software-authenticator.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({ PASSKEY_ORIGINS: 'https://id.other.example' });
  web = await op.register({ client_name: 'Lantern Travel' });
});
afterAll(() => op.close());
afterEach(() => forgetFactors(op.gatehouse, "UPDATE account SET status = 'active'"));

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const here = (): Behaviour => ({ origin: op.issuer });
const hasCode = ({ url }: Page) => new URL(url).searchParams.has('code');

async function creationPage(agent: UserAgent) {
  const asked = await agent.open(`${op.issuer}/account/factors/passkey`);
  return (await answerPages(agent, asked, op.person)).page;
}

const enrol = (behaviour: Partial<Behaviour> = {}) => enrolPasskey(op, op.browser(), undefined, behaviour);

/** At the page that asks for an identifier. */
async function atIdentifier(agent = op.browser()) {
  const { page } = await enterPassword(op, web, { agent, params: {}, person: { email: '', password: '' } });
  return { agent, page };
}

async function signInWith(passkey: SoftwarePasskey, behaviour: Partial<Behaviour> = {}) {
  const { agent, page } = await atIdentifier();
  const answer = passkey.assert(passkeyOptionsOn(page, 'request'), { ...here(), ...behaviour });
  const sent = await agent.submit(page, 'identifier-form', { passkey: answer, action: 'passkey' });
  const { page: last } = sent.status === 422 ? { page: sent } : await answerPages(agent, sent, op.person);
  return { agent, answer, page: last };
}

describe('a passkey', () => {
  test('is made in the account, with recovery codes, and named by who keeps it', async () => {
    const { page } = await enrol();
    expect(recoveryCodesOn(page)).toHaveLength(10);
    const rows = await select<{ name: string; is_synced: boolean }>('SELECT name, is_synced FROM passkey');
    expect(rows).toEqual([{ name: expect.stringMatching(/\w/) as string, is_synced: false }]);
  });

  test('signs in alone, with user verification, as two factors', async () => {
    const { passkey } = await enrol();
    const { page, agent } = await signInWith(passkey);
    expect(hasCode(page)).toBe(true);
    const account = await agent.open(`${op.issuer}/account/factors`);
    expect(account.text).toContain('id="passkeys"');
  });

  test('without user verification it signs nobody in, but is a second factor', async () => {
    const { passkey } = await enrol();
    const { page } = await signInWith(passkey, { isUserVerified: false });
    expect(page.status).toBe(422);
    expect(page.text).toContain('did not check that it is you');
    const { agent, page: question } = await enterPassword(op, web, {});
    expect(question.text).toContain('Use your passkey');
    const answer = passkey.assert(passkeyOptionsOn(question, 'request'), {
      ...here(),
      isUserVerified: false,
    });
    const sent = await agent.submit(question, 'challenge-form', { passkey: answer, action: 'passkey' });
    expect(hasCode((await answerPages(agent, sent, op.person)).page)).toBe(true);
  });

  test.each<[string, () => Partial<Behaviour>]>([
    ['of another site', () => ({ origin: 'https://id.evil.example' })],
    ['for another domain', () => ({ rpId: 'evil.example' })],
    ['to another challenge', () => ({ challenge: 'bm90IG91cnM' })],
    ['of another ceremony', () => ({ type: 'webauthn.create' })],
    ['in the name of another account', () => ({ userHandle: Buffer.from('somebody').toString('base64url') })],
    ['without anybody there', () => ({ isUserPresent: false, isUserVerified: false })],
  ])(
    'an answer %s opens nothing; one of ours does, also from an origin that is named',
    async (_name, how) => {
      const { passkey } = await enrol();
      const { page, agent } = await signInWith(passkey, how());
      expect(page.status).toBe(422);
      expect((await agent.open(`${op.issuer}/account`)).text).toContain('id="identifier-form"');
      expect(hasCode((await signInWith(passkey)).page)).toBe(true);
      expect(hasCode((await signInWith(passkey, { origin: 'https://id.other.example' })).page)).toBe(true);
    },
  );

  test('an answer is good for the page that asked, and once', async () => {
    const { passkey } = await enrol();
    const { answer } = await signInWith(passkey);
    const other = await atIdentifier();
    const replayed = await other.agent.submit(other.page, 'identifier-form', {
      passkey: answer,
      action: 'passkey',
    });
    expect(replayed.status).toBe(422);
  });

  test('a copy whose counter does not grow is refused, and its owner can see that', async () => {
    const { passkey } = await enrol();
    const copy = passkey.clone();
    expect(hasCode((await signInWith(passkey)).page)).toBe(true);
    const { page } = await signInWith(copy);
    expect(page.status).toBe(422);
    expect(await select("SELECT 1 FROM audit_event WHERE type = 'factor.copied'")).toHaveLength(1);
    const { agent } = await signInWith(passkey);
    const activity = await agent.open(`${op.issuer}/account/activity`);
    expect(activity.text).toContain('there may be a copy of it');
  });

  test('is nobody else’s: for who entered a password only their own will do', async () => {
    const { passkey } = await enrol();
    await runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO account (id, email, email_key, created_at, updated_at, email_verified)
       VALUES ('0193a1b2-0000-7000-8000-00000000beef', 'eve@example.com', 'eve@example.com', now(), now(), true);
       UPDATE passkey SET account_id = '0193a1b2-0000-7000-8000-00000000beef'`,
    );
    const own = await enrol();
    const { agent, page } = await enterPassword(op, web, {});
    const foreign = passkey.assert(passkeyOptionsOn(page, 'request'), here());
    expect((await agent.submit(page, 'challenge-form', { passkey: foreign, action: 'passkey' })).status).toBe(
      422,
    );
    const right = own.passkey.assert(passkeyOptionsOn(page, 'request'), here());
    const sent = await agent.submit(page, 'challenge-form', { passkey: right, action: 'passkey' });
    expect(hasCode((await answerPages(agent, sent, op.person)).page)).toBe(true);
    await runSql(op.gatehouse.databaseUrl, "DELETE FROM account WHERE email = 'eve@example.com'");
  });

  test('is not enrolled twice, and what exists is named to the browser', async () => {
    const { agent, passkey } = await enrol();
    const page = await creationPage(agent);
    expect(passkeyOptionsOn(page, 'creation')).toContain(passkey.id);
    const sent = await agent.submit(page, 'enrol-passkey-form', {
      passkey: passkey.created,
      action: 'passkey',
    });
    expect(sent.status).toBe(422);
    expect(await select('SELECT 1 FROM passkey')).toHaveLength(1);
  });

  test.each([
    '',
    'null',
    '{}',
    '{"id":"x"}',
    '[]',
    'x'.repeat(15_000),
    '{"id":"__proto__","rawId":"a","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"e30","signature":"e30"}}',
  ])('what is no answer is refused (%#)', async answer => {
    const { agent, page } = await atIdentifier();
    const sent = await agent.submit(page, 'identifier-form', { passkey: answer, action: 'passkey' });
    expect(sent.status).toBe(422);
  });

  test('is gone at once when it is removed: it opens nothing, and the browser is told to forget it', async () => {
    const { agent, passkey } = await enrol();
    const kept = (page: Page) => /data-passkeys-kept="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const list = await agent.open(`${op.issuer}/account/factors`);
    expect(kept(list)).toContain(passkey.id);
    const after = await agent.submit(list, 'remove-passkey-0', { remove_passkey: passkey.id });
    expect(kept(after)).not.toContain(passkey.id);
    const { page } = await signInWith(passkey);
    expect(page.status).toBe(422);
    expect(page.text).toContain('was removed from its account');
    expect(/data-passkey-unknown="([^"]*)"/.exec(page.text)?.[1]).toContain(passkey.id);
  });

  test('is renamed by its owner, and by nobody else', async () => {
    const { agent, passkey } = await enrol();
    const list = await agent.open(`${op.issuer}/account/factors`);
    const renamed = await agent.submit(list, 'rename-passkey-0', {
      passkey_id: passkey.id,
      name: 'My <b>phone</b>',
    });
    expect(renamed.text).toContain('My &lt;b&gt;phone&lt;/b&gt;');
    const refused = await agent.submit(list, 'rename-passkey-0', { passkey_id: passkey.id, name: '' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('<a href="#name">');
    expect(refused.text).toContain('<p class="problem" id="name">');
    const foreign = await agent.submit(list, 'rename-passkey-0', { passkey_id: 'somebodys', name: 'mine' });
    expect(foreign.status).toBe(200);
    expect(await select('SELECT name FROM passkey')).toEqual([{ name: 'My <b>phone</b>' }]);
  });

  test('opens no account that is disabled', async () => {
    const { passkey } = await enrol();
    await runSql(op.gatehouse.databaseUrl, "UPDATE account SET status = 'disabled'");
    expect((await signInWith(passkey)).page.status).toBe(422);
  });
});

describe('an offer, where the browser says that the device could keep a passkey', () => {
  async function offered() {
    const agent = op.browser();
    const { page } = await atIdentifier(agent);
    const named = await agent.submit(page, 'identifier-form', {
      identifier: op.person.email,
      action: 'continue',
      has_authenticator: 'yes',
    });
    const signedIn = await agent.submit(named, 'password-form', {
      password: op.person.password,
      action: 'sign-in',
      has_authenticator: 'yes',
    });
    return { agent, page: signedIn };
  }
  afterEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM factor_reminder'));

  test('is taken up, with recovery codes; what is no passkey is refused', async () => {
    const { agent, page } = await offered();
    expect(page.text).toContain('Sign in faster next time?');
    for (const passkey of ['', '{}']) {
      const refused = await agent.submit(page, 'enrol-passkey-form', { passkey, action: 'passkey' });
      expect(refused.status).toBe(422);
    }
    const made = createPasskey(passkeyOptionsOn(page, 'creation'), here());
    const codes = await agent.submit(page, 'enrol-passkey-form', {
      passkey: made.created,
      action: 'passkey',
    });
    expect(recoveryCodesOn(codes)).toHaveLength(10);
    const done = await agent.submit(codes, 'recovery-codes-form', { saved: 'yes' });
    expect(hasCode((await answerPages(agent, done, op.person)).page)).toBe(true);
  });

  test.each(['later', 'never'])('is not repeated after "%s"', async action => {
    const { agent, page } = await offered();
    const done = await agent.submit(page, 'enrol-passkey-form', { action });
    expect(hasCode((await answerPages(agent, done, op.person)).page)).toBe(true);
    expect((await offered()).page.text).not.toContain('Sign in faster next time?');
    const [row] = await select<{ years: string }>(
      'SELECT extract(year FROM passkey_offer_at) AS years FROM factor_reminder',
    );
    expect(Number(row?.years) > 9000).toBe(action === 'never');
  });

  test('a passkey signs in on the page for the password too, and an empty answer nowhere', async () => {
    const { passkey } = await enrol();
    const { agent, page } = await atIdentifier();
    const named = await agent.submit(page, 'identifier-form', { identifier: op.person.email });
    expect((await agent.submit(named, 'password-form', { passkey: '', action: 'passkey' })).status).toBe(422);
    const answer = passkey.assert(passkeyOptionsOn(named, 'request'), here());
    const sent = await agent.submit(named, 'password-form', { passkey: answer, action: 'passkey' });
    expect(hasCode((await answerPages(agent, sent, op.person)).page)).toBe(true);
    const second = await enterPassword(op, web, {});
    const empty = await second.agent.submit(second.page, 'challenge-form', {
      passkey: '',
      action: 'passkey',
    });
    expect(empty.status).toBe(422);
  });
});

test('related origins are told to browsers', async () => {
  const answer = await fetch(`${op.issuer}/.well-known/webauthn`);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(await answer.json()).toEqual({ origins: [op.issuer, 'https://id.other.example'] });
});
