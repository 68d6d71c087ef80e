import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startMailbox } from '../../scripts/sample/mailbox.ts';
import { createLogger } from '../../src/log/index.ts';
import { createMailer, createOutbox, type Mailer, mails, notices, sampleMail } from '../../src/mail/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { loadTemplates } from '../../src/templates/index.ts';
import { freePort, freshDatabase, selectRows } from '../support/services.ts';

const templates = loadTemplates({
  viewsFolder: 'views',
  publicFolder: 'public',
  localesFolder: 'config/locales',
});
const sealer = createSealer([{ id: 'a', bytes: Buffer.alloc(32, 1) }]);
const address = 'ada@lantern.example';

let postgres: { url: string; drop(): Promise<void> };
let database: Database;
let now = Date.now();
let lines: string[] = [];
beforeAll(async () => {
  postgres = await freshDatabase();
  database = openDatabase({ url: postgres.url, poolSize: 5 });
});
afterAll(async () => {
  await database.close();
  await postgres.drop();
});
afterEach(async () => {
  await database.prisma.outgoingMail.deleteMany();
  lines = [];
});

function outboxWith(mailer: Mailer) {
  const log = createLogger({ level: 'info', destination: { write: line => void lines.push(line) } });
  return createOutbox({ database, clock: { now: () => now }, sealer, log, templates, mailer });
}

const add = (outbox: ReturnType<typeof outboxWith>) =>
  database.prisma.$transaction(transaction =>
    outbox.add(transaction, { to: address, locale: 'en' }, 'confirm-address', mails['confirm-address']),
  );

const stored = () =>
  selectRows<{ status: string; attempts: number; sealed: string; last_error: string | null }>(
    postgres.url,
    'SELECT status, attempts, sealed, last_error FROM outgoing_mail',
  );

test('a mail leaves once, over any number of processes, and its words do not stay', async () => {
  const mailbox = await startMailbox();
  const outbox = outboxWith(createMailer({ url: mailbox.smtpUrl, from: 'id@lantern.example' }));
  await add(outbox);
  expect((await stored())[0]?.sealed).not.toMatch(/lantern|4096/);
  const sent = await Promise.all(Array.from({ length: 10 }, () => outbox.deliverDue()));
  expect(sent.reduce((sum, count) => sum + count, 0)).toBe(1);
  expect(mailbox.mails).toHaveLength(1);
  expect(mailbox.mails[0]).toMatchObject({ to: address, subject: 'Your code' });
  expect(mailbox.mails[0]?.text).toContain('4096 7315');
  expect(mailbox.mails[0]?.html).toContain('4096 7315');
  expect(await stored()).toMatchObject([{ status: 'sent', sealed: '' }]);
  await outbox.close();
  await mailbox.close();
});

test('what is undone tells nobody', async () => {
  const outbox = outboxWith({ send: () => Promise.resolve(), close: () => {} });
  await expect(
    database.prisma.$transaction(async transaction => {
      await outbox.add(transaction, { to: address, locale: 'en' }, 'set-up', mails['set-up']);
      throw new Error('it failed after all');
    }),
  ).rejects.toThrow('after all');
  expect(await stored()).toEqual([]);
});

test('a server that is away for an hour loses nothing; its absence is in the log, and nothing of the mail', async () => {
  const port = await freePort();
  const away = outboxWith(createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'id@lantern.example' }));
  await add(away);
  for (let minute = 0; minute <= 60; minute += 1) {
    await away.deliverDue();
    now += 60_000;
  }
  expect(await stored()).toMatchObject([{ status: 'waiting', last_error: 'ESOCKET' }]);
  const [row] = await stored();
  expect(row?.attempts).toBeGreaterThan(3);
  expect(row?.attempts).toBeLessThan(10);
  expect(lines.join('')).toContain('"event":"mail.failed"');
  expect(lines.join('')).not.toMatch(/lantern\.example|4096|Your code/);
  await away.close();

  const mailbox = await startMailbox();
  const back = outboxWith(createMailer({ url: mailbox.smtpUrl, from: 'id@lantern.example' }));
  now += 60 * 60_000;
  expect(await back.deliverDue()).toBe(1);
  expect(mailbox.mails).toHaveLength(1);
  await back.close();
  await mailbox.close();
});

test('what cannot be delivered for two days is dead, stays to be looked at, and goes after a week', async () => {
  const outbox = outboxWith({ send: () => Promise.reject(new Error('no')), close: () => {} });
  await add(outbox);
  for (let hour = 0; hour < 60; hour += 1) {
    await outbox.deliverDue();
    now += 60 * 60_000;
  }
  expect(await stored()).toMatchObject([{ status: 'failed', attempts: 10 }]);
  expect(lines.join('')).toContain('"event":"mail.dead"');
  await outbox.removeOld();
  expect(await stored()).toHaveLength(1);
  now += 8 * 24 * 60 * 60_000;
  await outbox.removeOld();
  expect(await stored()).toEqual([]);
});

test('a process that dies while it sends is taken over from', async () => {
  const dying = outboxWith({ send: () => new Promise(() => {}), close: () => {} });
  await add(dying);
  void dying.deliverDue();
  await expect.poll(async () => (await stored())[0]?.attempts).toBe(1);
  const sent: string[] = [];
  const other = outboxWith({ send: ({ to }) => Promise.resolve(void sent.push(to)), close: () => {} });
  expect(await other.deliverDue()).toBe(0);
  now += 61_000;
  expect(await other.deliverDue()).toBe(1);
  expect(sent).toEqual([address]);
});

test.each(templates.locales.tags)(
  'every mail can be written in %s, as text and HTML with the same words',
  locale => {
    for (const name of Object.keys(mails) as (keyof typeof mails)[]) {
      const { subject, text, html } = sampleMail(templates, locale, name);
      expect(subject).not.toBe('');
      expect(text).not.toMatch(/[<{]/);
      if (notices.has(name)) expect(text).toMatch(/2026.*UTC.* · .*Firefox.*Linux.* · .*203\.0\.113\.7/);
      else expect(text).not.toContain('203.0.113.7');
      expect(html).toContain(`dir="${locale === 'ar' ? 'rtl' : 'ltr'}"`);
      expect(html).not.toMatch(/<img|https?:\/\/(?!id\.example\.com)/);
    }
  },
);
