import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  declarePermission,
  deleteRole,
  listPermissions,
  type NewAssignment,
  removePermission,
  unassignRole,
} from '../../src/rbac/index.ts';
import { by, invoices, type RbacUnderTest, startRbac } from './rbac-under-test.ts';

let rbac: RbacUnderTest;
beforeAll(async () => {
  rbac = await startRbac();
  for (const name of ['a:read', 'b:read', 'c:read']) await rbac.permission(name);
  await rbac.role('a', ['a:read']);
  await rbac.role('ab', ['b:read'], ['a']);
  await rbac.role('not-a', ['!a:read']);
});
afterAll(() => rbac.close());

let count = 0;
async function holder(...assignments: Omit<NewAssignment, 'to'>[]) {
  const id = await rbac.account(`holder-${count++}`);
  for (const each of assignments) await rbac.assign({ ...each, to: { type: 'account', id } });
  return { type: 'account', id } as const;
}
const of = async (...assignments: Omit<NewAssignment, 'to'>[]) => {
  const subject = await holder(...assignments);
  const held = await rbac.access.permissionsOf(subject);
  const { roles } = await rbac.access.rolesOf(subject);
  const shown = held.map(({ name, isUnlimited, through }) => [name, isUnlimited, through.length]);
  return { held: shown.toSorted((a, b) => String(a).localeCompare(String(b))), roles };
};

const yesterday = new Date('2026-03-01T12:00:00Z');
const tomorrow = new Date('2026-03-03T12:00:00Z');
const scope = { area: 'emea' };

describe('what somebody may do in effect', () => {
  test('is what roles give, with every way to it', async () => {
    expect(await of({ role: 'ab' }, { role: 'a' })).toEqual({
      held: [
        ['a:read', true, 2],
        ['b:read', true, 1],
      ],
      roles: ['a', 'ab'],
    });
    expect(await of()).toEqual({ held: [], roles: [] });
    const nobody = { type: 'client', id: 'nobody' } as const;
    expect(await rbac.access.permissionsOf(nobody)).toEqual([]);
    expect(await rbac.access.rolesOf(nobody)).toEqual({ roles: [], groups: [] });
  });

  test('says what has limits, unless another way has none', async () => {
    expect(await of({ role: 'a', scope })).toEqual({ held: [['a:read', false, 1]], roles: [] });
    expect(await of({ role: 'a', scope }, { role: 'a' })).toMatchObject({ held: [['a:read', true, 2]] });
    expect(await of({ role: 'a' }, { role: 'a', scope })).toMatchObject({ held: [['a:read', true, 2]] });
  });

  test('is without what is denied, and a denial with limits leaves it to the question', async () => {
    expect((await of({ role: 'ab' }, { role: 'not-a' })).held).toEqual([['b:read', true, 1]]);
    expect((await of({ role: 'a' }, { role: 'not-a', scope })).held).toEqual([['a:read', true, 1]]);
  });

  test.each([
    [{ startsAt: tomorrow }, 0],
    [{ endsAt: yesterday }, 0],
    [{ startsAt: yesterday, endsAt: tomorrow }, 1],
  ])('counts only in its time: %o', async (times, expected) => {
    const { held, roles } = await of({ role: 'a', ...times });
    expect([held.length, roles.length]).toEqual([expected, expected]);
  });
});

test.each<[string, unknown]>([
  ['subject.type', 'account'],
  ['subject.properties.team', 'night'],
  ['action.name', 'a:read'],
  ['action.properties.how', 'all'],
  ['resource.type', 'thing'],
  ['resource.id', '7'],
  ['resource.area', 'emea'],
  ['context.plan', 'gold'],
])('a condition reads %s', async (attr, value) => {
  const isOpen = attr.includes('properties') || attr === 'context.plan';
  const operand = { attr, ...(isOpen ? { type: 'string' as const } : {}) };
  const ask = async (wanted: unknown) => {
    const { id } = await holder({ role: 'a', condition: { equals: [operand, wanted as string] } });
    const { isAllowed } = await rbac.access.check({
      subject: { type: 'account', id, properties: { team: 'night' } },
      action: { name: 'a:read', properties: { how: 'all' } },
      resource: { type: 'thing', id: '7', properties: { area: 'emea' } },
      context: { plan: 'gold' },
    });
    return isAllowed;
  };
  expect(await ask(value)).toBe(true);
  expect(await ask('another')).toBe(false);
});

describe('permissions and roles that others need', () => {
  const declare = (resourceServer: string, name: string) =>
    declarePermission(rbac, { resourceServer, name, description: '' }, by);

  test('a permission is declared once, at an API that there is', async () => {
    await expect(declare(invoices, 'a:read')).rejects.toMatchObject({ code: 'conflict' });
    await expect(declare('https://nowhere.example', 'a:read')).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const page = await listPermissions(rbac, { resourceServer: invoices, after: undefined, limit: 2 });
    expect(page.map(({ name }) => name)).toEqual(['a:read', 'b:read']);
    const rest = await listPermissions(rbac, { after: page[1]?.id, limit: 10 });
    expect(rest.map(({ name }) => name)).toEqual(['c:read']);
  });

  test('a permission that is taken away is taken from everybody, once', async () => {
    const { id } = await declare(invoices, 'd:read');
    await rbac.role('d', ['d:read']);
    const subject = await holder({ role: 'd' });
    const question = { subject, action: { name: 'd:read' } };
    expect((await rbac.access.check(question)).isAllowed).toBe(true);
    await removePermission(rbac, id, by);
    expect((await rbac.access.check(question)).isAllowed).toBe(false);
    await expect(removePermission(rbac, id, by)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a role that another includes stays, and is named', async () => {
    const role = await rbac.database.prisma.role.findUniqueOrThrow({ where: { name: 'a' } });
    await expect(deleteRole(rbac, { id: role.id, version: 1 }, by)).rejects.toThrow('included in ab.');
    expect(await rbac.access.saidBy(['ab', 'nothing'])).toHaveLength(2);
  });

  test('an assignment needs a role and somebody that there are', async () => {
    const to = { type: 'account', id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a' } as const;
    await expect(rbac.assign({ role: 'a', to })).rejects.toThrow('There is no account');
    await expect(rbac.assign({ role: 'a', to: { ...to, type: 'group' } })).rejects.toThrow('no group');
    await expect(rbac.assign({ role: 'none', to })).rejects.toThrow('There is no role "none".');
    await expect(unassignRole(rbac, to.id, by)).rejects.toMatchObject({ code: 'not_found' });
  });
});
