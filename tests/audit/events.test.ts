import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAccount } from '../../src/accounts/index.ts';
import {
  auditRepository,
  type EventTypeName,
  eventTypes,
  type NewEvent,
  recordEvent,
  resealSubjects,
} from '../../src/audit/index.ts';
import { runInRequest } from '../../src/log/index.ts';
import { createSealer, type Database, openDatabase } from '../../src/store/index.ts';
import { freshDatabase, selectRows, type TestDatabase } from '../support/services.ts';

const key = (id: string, byte: number) => ({ id, bytes: Buffer.alloc(32, byte) });
const sealer = createSealer([key('one', 1)]);
const since = new Date(0);

let server: TestDatabase;
let database: Database;
let now = Date.UTC(2026, 0, 1, 12, 30);
const clock = { now: () => now };
beforeAll(async () => {
  server = await freshDatabase();
  database = openDatabase({ url: server.url, poolSize: 4 });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const newAccount = (email: string) =>
  database.prisma.$transaction(transaction =>
    createAccount({ transaction, clock }, { email, isEmailVerified: true, claims: {}, isOwner: false }),
  );
const record = <Type extends EventTypeName>(event: NewEvent<Type>) =>
  database.prisma.$transaction(transaction => recordEvent(transaction, { clock, sealer }, event));
const eventsOf = (accountId: string, by = sealer) =>
  auditRepository({ database, clock, sealer: by }).listOf(accountId, { since, limit: 100 });
/** Every row of the trail, as text. */
const stored = async () =>
  (await selectRows<{ row: string }>(server.url, 'SELECT audit_event::text AS row FROM audit_event')).map(
    ({ row }) => row,
  );

const request = {
  requestId: '019ac000-0000-7000-8000-00000000000f',
  address: '203.0.113.7',
  userAgent: 'Lynx',
};

test('an event says what, when and from where to its account, and to nobody else', async () => {
  const ada = await newAccount('ada@example.com');
  const eve = await newAccount('eve@example.com');
  await runInRequest(request, () =>
    record({ type: 'profile.changed', accountId: ada, details: { claims: 'nickname' } }),
  );
  const events = await eventsOf(ada);
  expect(events).toEqual([
    {
      id: events[0]?.id,
      at: new Date(now),
      type: 'profile.changed',
      outcome: 'success',
      actorKind: 'account',
      clientId: undefined,
      details: { claims: 'nickname' },
      address: '203.0.113.7',
      userAgent: 'Lynx',
    },
  ]);
  expect(await eventsOf(eve)).toEqual([]);
  const rows = (await stored()).join('\n');
  expect(rows).toContain(request.requestId);
  for (const secret of [ada, 'nickname', '203.0.113.7', 'Lynx']) expect(rows).not.toContain(secret);
});

test('an event is there if and only if its change is', async () => {
  const accountId = await newAccount('grace@example.com');
  const failing = database.prisma.$transaction(async transaction => {
    await recordEvent(transaction, { clock, sealer }, { type: 'account.created', accountId });
    throw new Error('the change failed');
  });
  await expect(failing).rejects.toThrow('the change failed');
  expect(await eventsOf(accountId)).toEqual([]);
});

test('the first events of an account, twenty at once, are all its own', async () => {
  const accountId = await newAccount('joan@example.com');
  await Promise.all(
    Array.from({ length: 20 }, () =>
      record({ type: 'sign-in.failed', accountId, actor: { kind: 'anyone' } }),
    ),
  );
  expect(await eventsOf(accountId)).toHaveLength(20);
});

test('without the account its events stay, and are about nobody', async () => {
  const accountId = await newAccount('mary@example.com');
  await record({ type: 'profile.changed', accountId, details: { claims: 'website' } });
  const before = await stored();
  await database.prisma.account.delete({ where: { id: accountId } });
  expect(await stored()).toEqual(before);
  expect(await eventsOf(accountId)).toEqual([]);
  expect(await database.prisma.auditSubject.count({ where: { accountId } })).toBe(0);
});

test('who is nobody leaves an event too, and of an administrator it is known who', async () => {
  await record({ type: 'sign-in.failed', accountId: undefined, actor: { kind: 'anyone' } });
  const [owner, person] = [await newAccount('owner@example.com'), await newAccount('person@example.com')];
  const actor = { kind: 'administrator', accountId: owner } as const;
  await record({ type: 'profile.changed', accountId: person, actor, details: { claims: 'name' } });
  await record({
    type: 'profile.changed',
    accountId: person,
    actor: { kind: 'client', clientId: 'shop' },
    details: { claims: 'name' },
  });
  const rows = await database.prisma.auditEvent.findMany({ orderBy: { id: 'desc' }, take: 3 });
  const subject = await database.prisma.auditSubject.findUnique({ where: { accountId: owner } });
  expect(rows.map(row => row.actor)).toEqual(['shop', subject?.reference, null]);
  expect(rows[2]).toMatchObject({ subject: null, outcome: 'failure' });
});

test('the keys of subjects are sealed again with the first encryption key', async () => {
  const accountId = await newAccount('kay@example.com');
  await record({ type: 'profile.changed', accountId, details: { claims: 'zoneinfo' } });
  const count = await database.prisma.auditSubject.count();
  const both = createSealer([key('two', 2), key('one', 1)]);
  expect(await resealSubjects({ database, sealer: both })).toBe(count);
  expect(await resealSubjects({ database, sealer: both })).toBe(0);
  const [event] = await eventsOf(accountId, createSealer([key('two', 2)]));
  expect(event?.details).toEqual({ claims: 'zoneinfo' });
});

test('events are kept as long as they shall be', async () => {
  const events = auditRepository({ database, clock, sealer });
  const all = (await stored()).length;
  await events.removeOld(1000);
  expect(await stored()).toHaveLength(all);
  now += 2000;
  await events.removeOld(1000);
  expect(await stored()).toEqual([]);
});

test.each(readdirSync('config/locales'))('every event has its words in %s', file => {
  const words = JSON.parse(readFileSync(`config/locales/${file}`, 'utf8')) as Record<string, string>;
  const ofAccounts = Object.entries(eventTypes).filter(([, type]) => !('isAboutNobody' in type));
  for (const [type] of ofAccounts) expect(words).toHaveProperty([`activity.${type}`]);
});
