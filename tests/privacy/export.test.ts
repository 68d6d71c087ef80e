import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox } from '../../src/mail/index.ts';
import { buildExports, type Copy, copySchema, holdings, removeOldExports } from '../../src/privacy/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { loadTemplates } from '../../src/templates/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { mailsTo } from '../support/mailbox.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';

const subject = 'The copy of your data is ready';

let op: OpUnderTest;
let web: TestClient;
let agent: UserAgent;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern Travel' });
  agent = op.browser();
  await op.authorize({ client: web, agent, params: { scope: 'openid profile', prompt: 'consent' } });
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM data_export'));

const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
const mails = async () =>
  (await mailsTo(op.gatehouse, op.person.email)).filter(mail => mail.subject === subject);
const page = (browser = agent) => browser.open(`${op.issuer}/account/export`);
const ask = async (browser = agent, at?: Page) =>
  browser.submit(at ?? (await page(browser)), 'export-form', { action: 'ask' });

/** @returns where the copy is, once its owner was told */
async function askAndWait(): Promise<string> {
  const known = (await mails()).length;
  expect((await ask()).text).toContain('Your copy is being made');
  const mail = await until('the mail arrives', async () => (await mails())[known]);
  const link = /http\S+\/account\/export\b/.exec(mail.text)?.[0] ?? '';
  const { text } = await agent.open(link);
  return `${op.issuer}${/href="(\/account\/export\/[\w-]+)"/.exec(text)?.[1] ?? ''}`;
}

async function load(url: string): Promise<Copy> {
  const answer = await agent.send('GET', `${url}/copy.json`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="gatehouse-.*\.json"$/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return copySchema.parse(JSON.parse(answer.text));
}

test('a copy has all that somebody said and did, as its schema says, and nothing that opens anything', async () => {
  const profile = await agent.open(`${op.issuer}/account/profile`);
  await agent.submit(profile, 'profile-form', { nickname: 'Countess', locality: 'Ockham' });
  const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
    .png()
    .toBuffer();
  const form = await agent.open(`${op.issuer}/account/avatar`);
  await agent.upload(form, 'avatar-form', { name: 'picture', bytes });
  const group = "'00000000-0000-7000-8000-00000000000a'";
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO "group" (id, name, created_at, updated_at) VALUES (${group}, 'Analysts', now(), now());
     INSERT INTO group_member (group_id, account_id, created_at) SELECT ${group}, id, now() FROM account;
     INSERT INTO role_assignment (id, role_id, account_id, created_at)
       SELECT gen_random_uuid(), r.id, a.id, now() FROM account a, role r WHERE r.name = 'auditor'`,
  );
  const url = await askAndWait();
  const copy = await load(url);
  expect(copy.roles).toMatchObject([
    { kind: 'group', name: 'Analysts' },
    { kind: 'role', name: 'auditor' },
  ]);

  const documented = JSON.parse(readFileSync('docs/export.schema.json', 'utf8')) as Parameters<
    typeof z.fromJSONSchema
  >[0];
  expect(() => z.fromJSONSchema(documented).parse(copy)).not.toThrow();
  expect(copy.account).toMatchObject({
    email: op.person.email,
    claims: { nickname: 'Countess', address: { locality: 'Ockham' } },
  });
  expect(copy.picture?.base64.length).toBeGreaterThan(50);
  expect(copy.apps).toMatchObject([{ client_id: web.id, scopes: ['openid', 'profile'] }]);
  expect(copy.activity.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['profile.changed', 'avatar.changed', 'consent.allowed', 'export.requested']),
  );
  expect(copy.activity[0]).toMatchObject({ address: '127.0.0.1', by: 'account' });
  expect(copy.sessions).toHaveLength(1);
  const parts = Object.values(holdings).flatMap(({ copy: part }) => (typeof part === 'string' ? part : []));
  expect(Object.keys(copy)).toEqual(expect.arrayContaining(parts));

  const [{ hash }] = (await select('SELECT hash FROM password_credential')) as [{ hash: string }];
  const text = JSON.stringify(copy);
  for (const secret of [hash, '$argon2', 'eyJhbGciOiJkaXIi', 'sealed', 'token'])
    expect(text).not.toContain(secret);

  const read = await agent.open(url);
  for (const words of [
    'Countess',
    'Town or city',
    'Ockham',
    'Lantern Travel',
    'Profile changed',
    'Roles and groups',
    'Analysts',
    'auditor',
    '127.0.0.1',
  ])
    expect(read.text).toContain(words);
  const [row] = await select<{ sealed: string }>('SELECT sealed FROM data_export');
  expect(row?.sealed).not.toContain(op.person.email);
  const activity = await agent.open(`${op.issuer}/account/activity`);
  expect(activity.text).toContain('Copy of the data read');
});

test('it is its owner’s alone, after a fresh sign-in, and only while it is kept', async () => {
  const url = await askAndWait();
  expect((await op.browser().open(url)).text).toContain('identifier-form');
  const [{ id }] = (await select('SELECT id FROM account')) as [{ id: string }];
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO account (id, email, email_key, created_at, updated_at)
     VALUES ('00000000-0000-7000-8000-000000000001', 'grace@example.com', 'grace@example.com', now(), now());
     UPDATE data_export SET account_id = '00000000-0000-7000-8000-000000000001'`,
  );
  for (const address of [url, `${url}/copy.json`, `${op.issuer}/account/export/nonsense`])
    expect((await agent.open(address)).status).toBe(404);
  await runSql(op.gatehouse.databaseUrl, `UPDATE data_export SET account_id = '${id}'`);
  expect((await agent.open(url)).status).toBe(200);
  await runSql(op.gatehouse.databaseUrl, "UPDATE data_export SET expires_at = now() - interval '1 minute'");
  expect((await agent.open(url)).status).toBe(404);
  expect((await page()).text).not.toContain('copy.json');
});

test('of twenty wishes at once one counts, and until tomorrow there is no other', async () => {
  const form = await page();
  await Promise.all(Array.from({ length: 20 }, () => ask(agent.clone(), form)));
  expect(await select('SELECT 1 FROM data_export')).toHaveLength(1);
  expect((await page()).text).not.toContain('id="ask"');
  await runSql(op.gatehouse.databaseUrl, "UPDATE data_export SET requested_at = now() - interval '25 hours'");
  await ask();
  expect(await select('SELECT 1 FROM data_export')).toHaveLength(2);
});

describe('making them', () => {
  const templates = loadTemplates({
    viewsFolder: 'views',
    publicFolder: 'public',
    localesFolder: 'config/locales',
  });

  /** Beside the one that the running Gatehouse is. */
  function worker() {
    const { environment, databaseUrl } = op.gatehouse;
    const settings = loadSettings(environment);
    const database = openDatabase({ url: databaseUrl, poolSize: 2 });
    const deps = { database, clock: systemClock, sealer: createSealer(encryptionKeys(settings)) };
    const mailer = createMailer({ url: undefined, from: settings.mailFrom });
    const outbox = createOutbox({ ...deps, log: createLogger({ level: 'silent' }), templates, mailer });
    // What it writes is sent by the one that runs.
    return { ...deps, outbox: { ...outbox, soon: () => {} }, issuer: op.issuer };
  }

  const insert = (count: number, claimed: string) =>
    runSql(
      op.gatehouse.databaseUrl,
      `INSERT INTO data_export (id, account_id, locale, requested_at, claimed_at, expires_at)
       SELECT gen_random_uuid(), id, 'en', now(), ${claimed}, now() + interval '7 days'
       FROM account, generate_series(1, ${count}) WHERE email = '${op.person.email}'`,
    );

  test('several processes make each once', async () => {
    const known = (await mails()).length;
    await insert(12, 'NULL');
    const workers = [worker(), worker()];
    await until('all are made', async () => {
      await Promise.all(workers.map(each => buildExports(each)));
      return (await select('SELECT 1 FROM data_export WHERE ready_at IS NULL')).length === 0;
    });
    await until('their owner is told', async () => (await mails()).length >= known + 12);
    const waiting = "SELECT 1 FROM outgoing_mail WHERE status = 'waiting'";
    await until('no more mail is on its way', async () => (await select(waiting)).length === 0);
    expect(await mails()).toHaveLength(known + 12);
    await Promise.all(workers.map(each => each.database.close()));
  });

  test('who died over one is taken over from, who is at it is not', async () => {
    const each = worker();
    await insert(1, "now() - interval '1 minute'");
    expect(await buildExports(each)).toBe(0);
    await insert(1, "now() - interval '6 minutes'");
    await until('the one that was left is made', async () => {
      await buildExports(each);
      return (await select('SELECT 1 FROM data_export WHERE ready_at IS NOT NULL')).length === 1;
    });
    expect(await select('SELECT 1 FROM data_export WHERE ready_at IS NULL')).toHaveLength(1);
    await each.database.close();
  });

  test('after a week they are gone', async () => {
    const each = worker();
    await insert(1, 'NULL');
    const clock = { now: () => Date.now() + 6.9 * 86_400_000 };
    await removeOldExports({ ...each, clock });
    expect(await select('SELECT 1 FROM data_export')).toHaveLength(1);
    await removeOldExports({ ...each, clock: { now: () => Date.now() + 7.1 * 86_400_000 } });
    expect(await select('SELECT 1 FROM data_export')).toEqual([]);
    await each.database.close();
  });
});
