import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AccessResource,
  createGroup,
  findRole,
  type Question,
  saveBuiltInRoles,
  setMembership,
  unassignRole,
  updateGroup,
  updateRole,
} from '../../src/rbac/index.ts';
import { by, invoices, type RbacUnderTest, rulesOf, startRbac } from './rbac-under-test.ts';

let rbac: RbacUnderTest;
beforeAll(async () => {
  rbac = await startRbac();
  for (const name of ['invoices:read', 'invoices:pay', 'invoices:delete']) await rbac.permission(name);
  await rbac.role('reader', ['invoices:read']);
  await rbac.role('payer', ['invoices:pay'], ['reader']);
  await rbac.role('head', ['invoices:delete'], ['payer']);
  await rbac.role('no-payments', ['!invoices:pay']);
});
afterAll(() => rbac.close());
beforeEach(() => rbac.setTime('2026-03-02T12:00:00Z'));

let count = 0;
const person = () => rbac.account(`person-${count++}`);
const ask = (
  id: string,
  name: string,
  { resource, context }: { resource?: AccessResource; context?: Question['context'] } = {},
) => rbac.access.check({ subject: { type: 'account', id }, action: { name }, resource, context });

describe('roles', () => {
  test('allow what they say and what those they include say, and the proof names the way', async () => {
    const id = await person();
    const assignment = await rbac.assign({ role: 'head', to: { type: 'account', id } });
    const decision = await ask(id, 'invoices:read');
    expect(decision).toMatchObject({ isAllowed: true, reason: 'allowed' });
    expect(decision.findings).toMatchObject([
      {
        outcome: 'counts',
        path: { effect: 'allow', roles: ['head', 'payer', 'reader'] },
        assignment: { id: assignment, group: null },
      },
    ]);
    const without = await rbac.account('without-roles');
    expect(await ask(without, 'invoices:pay')).toMatchObject({
      isAllowed: false,
      reason: 'no_role',
      missing: ['payer'],
    });
  });

  test('a denial wins over whatever allows it', async () => {
    const id = await person();
    await rbac.assign({ role: 'head', to: { type: 'account', id } });
    expect((await ask(id, 'invoices:pay')).isAllowed).toBe(true);
    const denial = await rbac.assign({ role: 'no-payments', to: { type: 'account', id } });
    expect(await ask(id, 'invoices:pay')).toMatchObject({ isAllowed: false, reason: 'denied' });
    expect((await ask(id, 'invoices:read')).isAllowed).toBe(true);
    await unassignRole(rbac, denial, by);
    expect((await ask(id, 'invoices:pay')).isAllowed).toBe(true);
  });

  test('what there is not, is refused', async () => {
    const id = await person();
    expect(await ask(id, 'invoices:none')).toMatchObject({ reason: 'unknown_permission' });
    expect(await ask('nobody', 'invoices:read')).toMatchObject({ reason: 'unknown_subject' });
    await rbac.permission('shared:read');
    await rbac.permission('shared:read', 'https://other.example');
    expect(await ask(id, 'shared:read')).toMatchObject({ reason: 'ambiguous_permission' });
  });

  test('an account that is not active may do nothing', async () => {
    const id = await person();
    await rbac.assign({ role: 'reader', to: { type: 'account', id } });
    expect((await ask(id, 'invoices:read')).isAllowed).toBe(true);
    await rbac.database.prisma.account.update({ where: { id }, data: { status: 'disabled' } });
    expect(await ask(id, 'invoices:read')).toMatchObject({ isAllowed: false, reason: 'inactive_subject' });
    expect(await rbac.access.permissionsOf({ type: 'account', id })).toEqual([]);
  });

  test('a client has roles of its own', async () => {
    const id = await rbac.client('robot');
    const subject = { type: 'client', id } as const;
    const question = { subject, action: { name: 'invoices:read' } };
    expect((await rbac.access.check(question)).isAllowed).toBe(false);
    await rbac.assign({ role: 'reader', to: { type: 'client', id } });
    expect((await rbac.access.check(question)).isAllowed).toBe(true);
  });
});

describe('groups', () => {
  test('give their roles to members, and to those of the groups in them', async () => {
    const id = await person();
    const inner = await createGroup(rbac, { name: 'Berlin', description: '', groups: [] }, by);
    const outer = await createGroup(rbac, { name: 'Finance', description: '', groups: ['Berlin'] }, by);
    await rbac.assign({ role: 'payer', to: { type: 'group', id: outer.id } });
    expect((await ask(id, 'invoices:read')).isAllowed).toBe(false);
    await setMembership(rbac, { groupId: inner.id, accountId: id, isMember: true }, by);
    const decision = await ask(id, 'invoices:read');
    expect(decision.findings).toMatchObject([{ outcome: 'counts', assignment: { group: 'Finance' } }]);
    expect(await rbac.access.rolesOf({ type: 'account', id })).toEqual({
      roles: ['payer'],
      groups: ['Berlin', 'Finance'],
    });
    await updateGroup(rbac, { id: outer.id, version: 1, change: { groups: [] } }, by);
    expect((await ask(id, 'invoices:read')).isAllowed).toBe(false);
  });

  test('a cycle is refused with its way round, and nothing is changed', async () => {
    const a = await createGroup(rbac, { name: 'A', description: '', groups: [] }, by);
    await createGroup(rbac, { name: 'B', description: '', groups: ['A'] }, by);
    await createGroup(rbac, { name: 'C', description: '', groups: ['B'] }, by);
    const change = updateGroup(rbac, { id: a.id, version: 1, change: { groups: ['C'] } }, by);
    await expect(change).rejects.toThrow('That would be a cycle: A → C → B → A.');
    expect(await rbac.database.prisma.groupNesting.count({ where: { groupId: a.id } })).toBe(0);
  });
});

describe('limits of an assignment', () => {
  test('a time window', async () => {
    const id = await person();
    await rbac.assign({
      role: 'reader',
      to: { type: 'account', id },
      startsAt: new Date('2026-03-03T00:00:00Z'),
      endsAt: new Date('2026-03-04T00:00:00Z'),
    });
    const at = async (time: string) => {
      rbac.setTime(time);
      const { isAllowed, reason, findings } = await ask(id, 'invoices:read');
      return [isAllowed, reason, findings[0]?.outcome];
    };
    expect(await at('2026-03-02T23:59:59Z')).toEqual([false, 'limits_not_met', 'not_started']);
    expect(await at('2026-03-03T00:00:00Z')).toEqual([true, 'allowed', 'counts']);
    expect(await at('2026-03-04T00:00:00Z')).toEqual([false, 'limits_not_met', 'ended']);
  });

  test('a resource, or an area and what lies in it', async () => {
    const id = await person();
    await rbac.assign({ role: 'reader', to: { type: 'account', id }, scope: { area: 'emea' } });
    await rbac.assign({ role: 'payer', to: { type: 'account', id }, scope: { type: 'invoice', id: '17' } });
    const may = async (name: string, resource?: AccessResource) =>
      (await ask(id, name, resource === undefined ? {} : { resource })).isAllowed;
    const of = (id: string, area: string) => ({ type: 'invoice', id, properties: { area } });
    expect(await may('invoices:read', of('1', 'emea'))).toBe(true);
    expect(await may('invoices:read', of('1', 'emea/de'))).toBe(true);
    expect(await may('invoices:read', of('1', 'emeaX'))).toBe(false);
    expect(await may('invoices:pay', of('17', 'apac'))).toBe(true);
    expect(await may('invoices:pay', of('18', 'apac'))).toBe(false);
    // All resources at once is more than some.
    expect(await may('invoices:read')).toBe(false);
  });

  test('a condition, whose values the proof shows', async () => {
    const id = await person();
    const condition = { equals: [{ attr: 'resource.owner' }, { attr: 'subject.id' }] } as const;
    await rbac.assign({
      role: 'reader',
      to: { type: 'account', id },
      condition: { equals: [...condition.equals] },
    });
    const owned = (owner: unknown) =>
      ask(id, 'invoices:read', { resource: { type: 'invoice', id: '1', properties: { owner } } });
    const mine = await owned(id);
    expect(mine.isAllowed).toBe(true);
    expect(mine.findings[0]?.values).toEqual({ 'resource.owner': id, 'subject.id': id });
    expect((await owned('somebody')).findings[0]?.outcome).toBe('condition_false');
    expect((await owned(17)).findings[0]?.outcome).toBe('condition_unknown');
  });

  test('a denial whose condition cannot be told counts: nothing is let off for want of a value', async () => {
    const id = await person();
    await rbac.assign({ role: 'payer', to: { type: 'account', id } });
    await rbac.assign({
      role: 'no-payments',
      to: { type: 'account', id },
      condition: { within: [{ attr: 'context.address' }, ['203.0.113.0/24']] },
    });
    const from = async (address?: string) =>
      (await ask(id, 'invoices:pay', address === undefined ? {} : { context: { address } })).isAllowed;
    expect(await from('198.51.100.1')).toBe(true);
    expect(await from('203.0.113.9')).toBe(false);
    expect(await from()).toBe(false);
  });

  test('what is on record is not taken from whoever asks', async () => {
    const id = await person();
    await rbac.assign({
      role: 'reader',
      to: { type: 'account', id },
      condition: { equals: [{ attr: 'subject.email' }, 'boss@lantern.example'] },
    });
    const { isAllowed } = await rbac.access.check({
      subject: { type: 'account', id, properties: { email: 'boss@lantern.example' } },
      action: { name: 'invoices:read' },
    });
    expect(isAllowed).toBe(false);
  });
});

describe('a change', () => {
  test('of a role counts at once in every process', async () => {
    const id = await person();
    const elsewhere = rbac.another();
    const question = { subject: { type: 'account', id }, action: { name: 'invoices:delete' } } as const;
    const roleId = await rbac.role('changing', ['invoices:read']);
    await rbac.assign({ role: 'changing', to: { type: 'account', id } });
    expect((await elsewhere.check(question)).isAllowed).toBe(false);
    await updateRole(rbac, { id: roleId, version: 1, change: { rules: rulesOf(['invoices:delete']) } }, by);
    expect((await elsewhere.check(question)).isAllowed).toBe(true);
    expect((await rbac.access.check(question)).isAllowed).toBe(true);
  });

  test('that others made before is not written over', async () => {
    const id = await rbac.role('versioned', []);
    const to = (description: string) =>
      updateRole(rbac, { id, version: 1, change: { description } }, by).then(
        () => 'done',
        (error: Error) => error.message,
      );
    const results = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(to));
    expect(results.filter(each => each === 'done')).toHaveLength(1);
    expect(await findRole(rbac, id)).toMatchObject({ version: 2 });
  });

  test('two that make a cycle together are not both made, and nobody is left with one', async () => {
    const [one, two] = [await rbac.role('one', []), await rbac.role('two', [])];
    const results = await Promise.allSettled([
      updateRole(rbac, { id: one, version: 1, change: { includes: ['two'] } }, by),
      updateRole(rbac, { id: two, version: 1, change: { includes: ['one'] } }, by),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: {
        code: 'conflict',
        message: expect.stringMatching(/cycle: (one → two → one|two → one → two)/) as string,
      },
    });
    expect(await rbac.database.prisma.roleInclusion.count({ where: { roleId: { in: [one, two] } } })).toBe(1);
  });

  test('leaves an event with what was before and after, in the same transaction', async () => {
    const id = await rbac.role('recorded', ['invoices:read']);
    const change = { rules: rulesOf(['!invoices:read']) };
    await updateRole(rbac, { id, version: 1, change }, by);
    await expect(updateRole(rbac, { id, version: 2, change: { includes: ['none'] } }, by)).rejects.toThrow(
      'There is no role none.',
    );
    const events = await rbac.database.prisma.auditEvent.findMany({
      where: { targetKind: 'role', targetId: id },
      orderBy: { id: 'asc' },
    });
    expect(events.map(({ type, actorKind }) => [type, actorKind])).toEqual([
      ['role.created', 'operator'],
      ['role.changed', 'operator'],
    ]);
    expect(JSON.parse(events[1]?.changes ?? '')).toMatchObject({
      before: { rules: [{ resource_server: invoices, permission: 'invoices:read', effect: 'allow' }] },
      after: { rules: [{ effect: 'deny' }] },
    });
  });
});

test('an owner has the role of owners, without an assignment, and nobody else has', async () => {
  const resourceServer = 'https://other.example';
  await rbac.database.prisma.$transaction(transaction =>
    saveBuiltInRoles({ transaction, clock: rbac.clock }, { resourceServer, permissions: ['thing:read'] }),
  );
  const owner = await rbac.account('owner', true);
  expect((await ask(owner, 'thing:read')).findings).toMatchObject([
    { outcome: 'counts', assignment: { id: null }, path: { roles: ['owner'] } },
  ]);
  expect((await ask(await person(), 'thing:read')).isAllowed).toBe(false);
  expect(await rbac.access.rolesOf({ type: 'account', id: owner })).toMatchObject({ roles: ['owner'] });
});

test('the roles that came with Gatehouse are written anew only where they have changed', async () => {
  const save = (permissions: string[]) =>
    rbac.database.prisma.$transaction(transaction =>
      saveBuiltInRoles(
        { transaction, clock: rbac.clock },
        { resourceServer: 'https://other.example', permissions },
      ),
    );
  const version = async () => (await rbac.database.prisma.accessVersion.findFirstOrThrow()).version;
  await save(['thing:read', 'thing:write']);
  const before = await version();
  await save(['thing:read', 'thing:write']);
  expect(await version()).toBe(before);
  await save(['thing:write']);
  expect(await version()).toBeGreaterThan(before);
  const owner = await rbac.account('another-owner', true);
  expect((await ask(owner, 'thing:read')).reason).toBe('unknown_permission');
  expect((await ask(owner, 'thing:write')).isAllowed).toBe(true);
});
