import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMailbox } from '../../scripts/sample/mailbox.ts';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox } from '../../src/mail/index.ts';
import { encryptionKeys, makeEncryptionKey } from '../../src/start/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { loadTemplates } from '../../src/templates/index.ts';
import { runCli } from '../support/run-cli.ts';
import { freePort, freshDatabase, type TestDatabase } from '../support/services.ts';

const templates = loadTemplates({
  viewsFolder: 'views',
  publicFolder: 'public',
  localesFolder: 'config/locales',
});
const address = 'ada@lantern.example';
const hourMs = 60 * 60 * 1000;

let postgres: TestDatabase;
let database: Database;
let environment: Record<string, string>;
beforeAll(async () => {
  postgres = await freshDatabase();
  database = openDatabase({ url: postgres.url, poolSize: 2 });
  environment = { DATABASE_URL: postgres.url, ENCRYPTION_KEYS: makeEncryptionKey() };
});
afterAll(async () => {
  await database.close();
  await postgres.drop();
});

function outboxTo(url: string, clock = systemClock) {
  const sealer = createSealer(encryptionKeys(loadSettings(environment)));
  const mailer = createMailer({ url, from: 'id@lantern.example' });
  const log = createLogger({ level: 'silent' });
  return createOutbox({ database, clock, sealer, log, templates, mailer });
}

const row = (state: string) =>
  new RegExp(`^[0-9a-f-]{36} {2}email-taken {2}\\d+ attempts, ${state} {2}ESOCKET$`);

test('a mail that was given up is shown without whom it is for, and leaves when an operator says so', async () => {
  let now = Date.now();
  const away = outboxTo(`smtp://127.0.0.1:${await freePort()}`, { now: () => now });
  await database.prisma.$transaction(transaction =>
    away.add(transaction, { to: address, locale: 'en' }, 'email-taken', {}),
  );
  await away.deliverDue();
  expect((await runCli(environment, 'mail', 'list')).said).toMatch(row('next try at \\S+Z'));
  for (let hour = 0; hour < 72; hour += 1) {
    now += hourMs;
    await away.deliverDue();
  }
  const { said } = await runCli(environment, 'mail', 'list');
  expect(said).toMatch(row('given up'));

  const mailbox = await startMailbox();
  const back = outboxTo(mailbox.smtpUrl);
  expect(await back.deliverDue()).toBe(0);
  const [id = ''] = said.split(' ');
  expect(await runCli(environment, 'mail', 'retry', id)).toEqual({ code: 0, said: 'It is tried again.' });
  expect(await back.deliverDue()).toBe(1);
  expect(mailbox.mails).toMatchObject([{ to: address }]);
  expect(await runCli(environment, 'mail', 'list')).toEqual({ code: 0, said: '' });
  expect(await runCli(environment, 'mail', 'retry')).toMatchObject({ code: 1 });
  expect((await runCli(environment, 'mail', 'retry', 'nonsense')).said).toContain('is not the id of a mail');
  await back.close();
  await mailbox.close();
});
