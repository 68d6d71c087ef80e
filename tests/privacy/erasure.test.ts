import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { compactVerify, importJWK } from 'jose';
import { authorizationCodeGrant } from 'openid-client';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { holdings, impersonal } from '../../src/privacy/index.ts';
import { encryptionKeys } from '../../src/start/index.ts';
import { createSealer } from '../../src/store/index.ts';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { mailsTo, mailTo } from '../support/mailbox.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runCli } from '../support/run-cli.ts';
import { selectRows, startRedis, until } from '../support/services.ts';

const email = 'Grace.Hopper@lantern.example';
const password = 'nanoseconds are very short wires';
const name = 'Grace Brewster Hopper';

const tablesOf = (url: string) =>
  selectRows<{ table: string; column: string }>(
    url,
    `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
     WHERE table_schema = 'public'`,
  );

/** Everything in the database as text: every column of every row, and what is sealed in it, opened. */
async function everythingIn(op: OpUnderTest, redisUrl: string | undefined): Promise<string> {
  const { databaseUrl, environment } = op.gatehouse;
  const sealer = createSealer(encryptionKeys(loadSettings(environment)));
  const tables = [...new Set((await tablesOf(databaseUrl)).map(({ table }) => table))];
  const rows: string[] = [];
  for (const table of tables) {
    const found = await selectRows<{ row: string }>(databaseUrl, `SELECT t::text AS row FROM "${table}" t`);
    rows.push(...found.map(({ row }) => `${table} ${row}`));
  }
  if (redisUrl !== undefined) {
    const redis = new Redis(redisUrl);
    for (const key of await redis.keys('*')) rows.push(`${key} ${await redis.get(key)}`);
    redis.disconnect();
  }
  const opened = await Promise.all(
    rows
      .flatMap(row => row.match(/eyJhbGciOiJkaXIi[\w-]*\.\.[\w-]+\.[\w-]+\.[\w-]+/g) ?? [])
      .map(async sealed => {
        const header = JSON.parse(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()) as {
          binding: string;
        };
        // What is sealed with a key that is gone cannot be opened, and that is the point.
        return sealer.open(sealed, header.binding).catch(() => '');
      }),
  );
  return [...rows, ...opened].join('\n').toLowerCase();
}

/** A text in the forms in which it could lie about. */
function formsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [text, text.toLowerCase()].flatMap((each, nth) => [
      [`plain ${nth}`, each],
      [`base64 ${nth}`, Buffer.from(each).toString('base64').replaceAll('=', '')],
      [`base64url ${nth}`, Buffer.from(each).toString('base64url')],
      [`hex ${nth}`, Buffer.from(each).toString('hex')],
      [`percent ${nth}`, encodeURIComponent(each)],
      [`sha256 hex ${nth}`, hash('sha256', each, 'hex')],
      [`sha256 base64url ${nth}`, hash('sha256', each, 'base64url')],
    ]),
  );
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

const found = (haystack: string, text: string) =>
  Object.entries(formsOf(text))
    .filter(([, form]) => haystack.includes(form.toLowerCase()))
    .map(([form]) => form);

test('every table is either about nobody or on the list of what is held', async () => {
  const op = await startOp();
  const columns = await tablesOf(op.gatehouse.databaseUrl);
  const tables = [...new Set(columns.map(({ table }) => table))].toSorted();
  expect(tables).toEqual([...Object.keys(holdings), ...impersonal].toSorted());
  const led = columns.filter(({ column }) => column === 'account_id').map(({ table }) => table);
  for (const table of led) {
    const { column, erasure } = holdings[table] ?? {};
    expect(column ?? erasure, `${table} has an account_id`).toBeDefined();
  }
  await op.close();
});

describe.each(['PostgreSQL', 'Redis'] as const)('an erasure, with short-lived records in %s', store => {
  let op: OpUnderTest;
  let rp: RpServer;
  let redis: Awaited<ReturnType<typeof startRedis>> | undefined;
  beforeAll(async () => {
    redis = store === 'Redis' ? await startRedis() : undefined;
    rp = await startRpServer();
    op = await startOp({ ...rp.environment, ...(redis === undefined ? {} : { REDIS_URL: redis.url }) });
  });
  afterAll(async () => {
    await op.close();
    rp.close();
    await redis?.stop();
  });

  test('leaves nothing of the person anywhere, its events about nobody, and a receipt', async () => {
    const everything = () => everythingIn(op, redis?.url);
    const person = { email, password };
    const client = await op.register({ backchannel_logout_uri: `${rp.url}/logout` });
    const pages = op.browser();
    const start = await pages.open(`${op.issuer}/account`);
    const asked = await pages.submit(start, 'identifier-form', { action: 'register' });
    const sent = await pages.submit(asked, 'register-form', { email });
    const [code] = /\d{4} \d{4}/.exec((await mailTo(op.gatehouse, email)).text) ?? [''];
    const proven = await pages.submit(sent, 'prove-address-form', { code });
    const home = await pages.submit(proven, 'create-account-form', { name, password });
    expect(home.text).toContain(name);
    const profile = await pages.open(`${op.issuer}/account/profile`);
    await pages.submit(profile, 'profile-form', { phone_number: '+1 555 010 7734', nickname: 'Amazing' });
    const bytes = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    await pages.upload(await pages.open(`${op.issuer}/account/avatar`), 'avatar-form', {
      name: 'picture',
      bytes,
    });
    const agent = op.browser();
    const response = await op.authorize({
      client,
      agent,
      person,
      params: { scope: 'openid profile email offline_access', prompt: 'consent' },
    });
    const tokens = await authorizationCodeGrant(client.config, response.url, checksOf(response));
    const accountId = tokens.claims()?.sub ?? '';
    // A sign-in that was not finished, and one that failed.
    const unfinished = op.browser();
    const named = await unfinished.submit(await unfinished.open(`${op.issuer}/account`), 'identifier-form', {
      identifier: email,
    });
    await unfinished.submit(named, 'password-form', { password: 'not this one' });

    const needles = { address: email, id: accountId, name, phone: '+1 555 010 7734', nickname: 'Amazing' };
    const before = await everything();
    for (const [what, text] of Object.entries(needles)) {
      expect(found(before, text), `${what} is found before`).not.toEqual([]);
    }
    const bystander = op.person.email;
    expect(found(before, bystander)).not.toEqual([]);
    const events = () => selectRows(op.gatehouse.databaseUrl, 'SELECT id FROM audit_event');
    const eventsBefore = (await events()).length;
    expect(eventsBefore).toBeGreaterThan(4);

    rp.documents.set('/logout', () => ({ status: 200 }));
    // Now, because somebody asked by other ways.
    const { said } = await runCli(op.gatehouse.environment, 'erase', email);
    expect(said).toContain('erased within a minute');
    const last = await until('the last mail arrives', async () =>
      (await mailsTo(op.gatehouse, email)).find(({ subject }) => subject === 'Your account is erased'),
    );
    const erasure = await until('nothing is left to look for', async () => {
      const rows = await selectRows<{ receipt: string }>(
        op.gatehouse.databaseUrl,
        `SELECT receipt FROM erasure WHERE remaining IS NULL
           AND NOT EXISTS (SELECT 1 FROM outgoing_mail WHERE sealed <> '' AND status = 'waiting')`,
      );
      return rows[0];
    });
    const after = await everything();
    for (const [what, text] of Object.entries(needles)) {
      expect(found(after, text), `${what} is found after`).toEqual([]);
    }
    expect(found(after, bystander)).not.toEqual([]);
    const left = [...filesIn(op.gatehouse.environment['DATA_DIR'] ?? ''), JSON.stringify(op.gatehouse.log)];
    expect(left.join('\n')).toContain('request.done');
    for (const text of Object.values(needles)) expect(found(left.join('\n').toLowerCase(), text)).toEqual([]);
    expect(rp.received.map(({ path }) => path)).toContain('/logout');
    expect((await events()).length).toBeGreaterThanOrEqual(eventsBefore);

    const link = /http\S+\/receipts\/\S+/.exec(last.text)?.[0] ?? '';
    const page = await op.browser().open(link);
    expect(page.status).toBe(200);
    expect(page.text).toContain(erasure.receipt);
    const [header = ''] = erasure.receipt.split('.');
    const { jwk, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as {
      jwk: { kid: string };
      kid: string;
    };
    const jwks = (await (await fetch(`${op.issuer}/jwks`)).json()) as { keys: { kid: string }[] };
    expect(jwks.keys).toContainEqual(jwk);
    const { payload } = await compactVerify(erasure.receipt, await importJWK(jwk));
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
      iss: op.issuer,
      jti: link.split('/').at(-1),
      erased: { account: 1, password_credential: 1, avatar: 1, consent: 1, audit_subject: 1 },
    });
    expect(jwk.kid).toBe(kid);
    expect((await op.browser().open(`${op.issuer}/receipts/${accountId}`)).status).toBe(404);
    expect((await op.browser().open(`${op.issuer}/receipts/nonsense`)).status).toBe(404);
    // The address is free again, and nobody is signed in.
    const silent = await op.authorize({ client, agent, person, params: { prompt: 'none' } });
    expect(silent.params.get('error')).toBe('login_required');
    expect((await runCli(op.gatehouse.environment, 'erase', email)).code).toBe(1);
  });
});
