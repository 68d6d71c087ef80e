import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dateOf, newId } from '../../src/kernel/index.ts';
import { managementResource, managementScopes } from '../../src/management-api/index.ts';
import { operations } from '../../src/management-api/operations/index.ts';
import { multiFactor, singleFactor } from '../../src/mfa/index.ts';
import { builtInRoles } from '../../src/rbac/index.ts';
import { issuer, nowSeconds, startApi, type TestApi, tool } from './start-api.ts';

const everything = managementScopes.join(' ');
const notThere = '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a';
const own = managementResource(issuer);

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

interface Sent {
  body?: unknown;
  token?: string;
  version?: string;
}

async function send(method: string, path: string, { body, token, version }: Sent = {}) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await api.get(path, token ?? (await api.token({ scope: everything })), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': type }),
      ...(version === undefined ? {} : { 'If-Match': version }),
    },
  });
  const text = await response.text();
  const json = (text === '' ? undefined : JSON.parse(text)) as Record<string, unknown> | undefined;
  return {
    status: response.status,
    etag: response.headers.get('ETag') ?? '',
    headers: response.headers,
    json,
  };
}

const idOf = ({ json }: { json: Record<string, unknown> | undefined }) => String(json?.['id']);
const asPerson = (id: string, claims: Record<string, unknown> = {}) =>
  api.token({ sub: id, client_id: tool, scope: everything, ...claims });

/** A client of its own with one role. */
async function robot(name: string, roleId: string): Promise<string> {
  const now = dateOf({ now: () => nowSeconds * 1000 });
  await api.database.prisma.client.create({
    data: { id: name, metadata: { client_id: name }, createdAt: now, updatedAt: now },
  });
  await api.database.prisma.roleAssignment.create({
    data: { id: newId(), roleId, clientId: name, createdAt: now },
  });
  return api.token({ sub: name, client_id: name, scope: everything });
}

describe('every operation, asked by every role with every scope', () => {
  const cells = Object.values(builtInRoles).flatMap(role =>
    operations.map(operation => ({ role, operation, name: `${role.name}: ${operation.operationId}` })),
  );
  const tokens = new Map<string, Promise<string>>();

  test.each(cells)('$name', async ({ role, operation }) => {
    const { permission, method, path } = operation;
    if (!tokens.has(role.id)) tokens.set(role.id, robot(`robot-of-${role.name}`, role.id));
    const token = await tokens.get(role.id);
    const response = await api.get(path.replaceAll(/\{\w+\}/g, notThere), token, {
      method: method.toUpperCase(),
    });
    const isAllowed = permission === null || role.may(permission);
    // Whoever may gets past the door: what they ask for is empty or not there.
    if (isAllowed) expect([200, 404, 415, 422, 428]).toContain(response.status);
    else expect(response.status).toBe(403);
  });

  test('a client without a role may do nothing, whatever the scopes of its token', async () => {
    const token = await api.token({ sub: tool, client_id: tool, scope: everything });
    for (const { permission, method, path } of operations) {
      if (permission === null) continue;
      const { status, headers } = await send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, notThere), {
        token,
      });
      expect([path, status]).toEqual([path, 403]);
      expect(headers.has('WWW-Authenticate')).toBe(false);
    }
  });
});

describe('a person who changes something', () => {
  const make = (token: string) => send('POST', '/api/v1/roles', { body: { name: `role ${newId()}` }, token });

  test('has signed in with two factors, lately', async () => {
    expect((await make(await asPerson(api.ownerId))).status).toBe(201);
    for (const claims of [
      { acr: singleFactor },
      { acr: undefined },
      { acr: 'urn:made-up' },
      { auth_time: nowSeconds - 3601 },
      { auth_time: undefined },
    ]) {
      const before = await api.database.prisma.role.count();
      const { status, headers } = await make(await asPerson(api.ownerId, claims));
      expect([claims, status]).toEqual([claims, 401]);
      const challenge = headers.get('WWW-Authenticate');
      expect(challenge).toContain('error="insufficient_user_authentication"');
      expect(challenge).toContain(`acr_values="${multiFactor}", max_age="3600"`);
      expect(await api.database.prisma.role.count()).toBe(before);
    }
  });

  test('need not, to look', async () => {
    const token = await asPerson(api.ownerId, { acr: singleFactor, auth_time: 1 });
    expect((await send('GET', '/api/v1/roles', { token })).status).toBe(200);
  });
});

describe('a role', () => {
  test('is made, read, changed by who saw the latest version, and deleted', async () => {
    const made = await send('POST', '/api/v1/roles', { body: { name: 'night shift' } });
    expect(made).toMatchObject({
      status: 201,
      etag: '"1"',
      json: { description: '', rules: [], includes: [] },
    });
    const path = `/api/v1/roles/${idOf(made)}`;
    const read = await send('GET', path);
    expect(read).toMatchObject({ status: 200, etag: '"1"', json: made.json ?? {} });
    const again = await api.get(path, await api.token({ scope: everything }), {
      headers: { 'If-None-Match': '"1"' },
    });
    expect(again.status).toBe(304);

    const change = { description: 'Those who stay up.' };
    expect(await send('PATCH', path, { body: change })).toMatchObject({
      status: 428,
      json: { code: 'precondition_required' },
    });
    const changed = await send('PATCH', path, { body: change, version: '"1"' });
    expect(changed).toMatchObject({ status: 200, etag: '"2"', json: change });
    for (const version of ['"1"', '"x"', '*']) {
      expect(await send('PATCH', path, { body: { name: 'lost' }, version })).toMatchObject({
        status: 412,
        json: { code: 'precondition_failed' },
      });
    }
    expect((await send('GET', path)).json).toMatchObject({ name: 'night shift', ...change });

    expect((await send('DELETE', path, { version: '"2"' })).status).toBe(204);
    expect(await send('GET', path)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  test('of which there is one already, or that names what there is not, is not made', async () => {
    const before = await api.database.prisma.role.count();
    expect((await send('POST', '/api/v1/roles', { body: { name: 'auditor' } })).status).toBe(409);
    const rule = { resource_server: own, permission: 'none:read', effect: 'allow' };
    const unknown = await send('POST', '/api/v1/roles', { body: { name: 'x', rules: [rule] } });
    expect(unknown.status).toBe(403);
    const held = { resource_server: own, permission: 'accounts:read' };
    const both = [
      { ...held, effect: 'allow' },
      { ...held, effect: 'deny' },
    ];
    const twice = await send('POST', '/api/v1/roles', { body: { name: 'x', rules: both } });
    expect(twice).toMatchObject({
      status: 422,
      json: { detail: /^There are two rules about accounts:read/ },
    });
    const included = await send('POST', '/api/v1/roles', { body: { name: 'x', includes: ['nobody'] } });
    expect(included).toMatchObject({ status: 422, json: { detail: 'There is no role nobody.' } });
    expect(await api.database.prisma.role.count()).toBe(before);
  });

  test('that came with Gatehouse stays as it is', async () => {
    const path = `/api/v1/roles/${builtInRoles.auditor.id}`;
    const { etag } = await send('GET', path);
    expect((await send('PATCH', path, { body: { description: 'x' }, version: etag })).status).toBe(403);
    expect((await send('DELETE', path, { version: etag })).status).toBe(403);
  });

  test('is listed a page at a time, each once', async () => {
    const seen: unknown[] = [];
    let cursor: unknown;
    do {
      const query: string = typeof cursor === 'string' ? `&cursor=${cursor}` : '';
      const { json } = await send('GET', `/api/v1/roles?limit=2${query}`);
      seen.push(...((json?.['data'] ?? []) as { id: string }[]).map(({ id }) => id));
      cursor = json?.['next_cursor'];
    } while (cursor !== null);
    const all = await api.database.prisma.role.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  const wrong: [string, unknown][] = [
    ['a field that is not known', { name: 'x', is_built_in: true }],
    ['an operator of databases', { name: { not: null } }],
    ['a name of the prototype', JSON.parse('{"name":"x","__proto__":{"rules":[]}}')],
    ['a name that is too long', { name: 'x'.repeat(101) }],
    ['a list of another type', { name: 'x', includes: { length: 1 } }],
    ['very deep nesting', { name: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`) as unknown }],
  ];
  test.each(wrong)('with %s is refused, and nothing is changed', async (what, body) => {
    const before = await api.database.prisma.role.count();
    const { status, json } = await send('POST', '/api/v1/roles', { body });
    // The parser itself takes no such name.
    const expected =
      what === 'a name of the prototype' ? [400, 'invalid_request'] : [422, 'validation_failed'];
    expect([status, json?.['code']]).toEqual(expected);
    expect(await api.database.prisma.role.count()).toBe(before);
  });
});

describe('nobody hands out what they do not hold', () => {
  test('not by a role with a rule, nor by including one, nor by assigning one', async () => {
    const token = await robot('robot-administrator', builtInRoles.administrator.id);
    const rule = (permission: string) => ({ resource_server: own, permission, effect: 'allow' });
    const post = (path: string, body: unknown) => send('POST', path, { body, token });
    const before = await api.database.prisma.role.count();
    expect(await post('/api/v1/roles', { name: 'up 1', rules: [rule('keys:rotate')] })).toMatchObject({
      status: 403,
      json: { detail: 'You do not hold this yourself: keys:rotate.' },
    });
    expect((await post('/api/v1/roles', { name: 'up 2', includes: ['owner'] })).status).toBe(403);
    expect(await api.database.prisma.role.count()).toBe(before);

    const mighty = await send('POST', '/api/v1/roles', {
      body: { name: 'key keeper', rules: [rule('keys:rotate')] },
      token: await asPerson(api.ownerId),
    });
    expect(mighty.status).toBe(201);
    const toSelf = { type: 'client', id: 'robot-administrator' };
    expect((await post('/api/v1/assignments', { role: 'key keeper', to: toSelf })).status).toBe(403);
    const path = `/api/v1/roles/${idOf(mighty)}`;
    const rename = { body: { description: 'x' }, version: mighty.etag, token };
    expect((await send('PATCH', path, rename)).status).toBe(200);
    expect((await send('PATCH', path, { body: { rules: [] }, version: '"2"', token })).status).toBe(403);
    expect((await send('DELETE', path, { version: '"2"', token })).status).toBe(403);

    const held = await post('/api/v1/roles', { name: 'reader', rules: [rule('accounts:read')] });
    expect(held.status).toBe(201);
    expect((await post('/api/v1/assignments', { role: 'reader', to: toSelf })).status).toBe(201);
  });

  test('and nobody lets themselves in as somebody who may do more', async () => {
    const token = await robot('robot-helper', builtInRoles.administrator.id);
    const order = (id: string) =>
      send('POST', `/api/v1/accounts/${id}/factor-resets`, {
        body: { reason: 'Lost the phone; seen in person.' },
        token,
      });
    const before = await api.database.prisma.factorReset.count();
    expect(await order(api.ownerId)).toMatchObject({
      status: 403,
      json: { detail: 'You do not hold this yourself: keys:rotate, settings:write.' },
    });
    expect(await api.database.prisma.factorReset.count()).toBe(before);
    expect((await order(api.memberId)).status).toBe(201);
  });

  test('ownership is no assignment', async () => {
    const to = { type: 'account', id: api.memberId };
    const { status } = await send('POST', '/api/v1/assignments', {
      body: { role: 'owner', to },
      token: await asPerson(api.ownerId),
    });
    expect(status).toBe(422);
  });
});

describe('a group', () => {
  test('is made, nested, filled and emptied; its members have its roles', async () => {
    const make = async (name: string) => {
      const made = await send('POST', '/api/v1/groups', { body: { name } });
      expect(made.status).toBe(201);
      return `/api/v1/groups/${idOf(made)}`;
    };
    const [outer, inner] = [await make('Lantern'), await make('Keepers')];
    const nested = await send('PATCH', outer, { body: { groups: ['Keepers'] }, version: '"1"' });
    expect(nested).toMatchObject({ status: 200, json: { groups: ['Keepers'] } });
    const cycle = await send('PATCH', inner, { body: { groups: ['Lantern'] }, version: '"1"' });
    expect(cycle).toMatchObject({
      status: 409,
      json: { detail: 'That would be a cycle: Keepers → Lantern → Keepers.' },
    });
    const renamed = { name: 'Lanterns', description: 'All who keep one.' };
    for (const [number, [field, value]] of Object.entries(renamed).entries()) {
      const change = { body: { [field]: value }, version: `"${number + 2}"` };
      expect((await send('PATCH', outer, change)).json).toMatchObject({
        [field]: value,
        groups: ['Keepers'],
      });
    }
    expect((await send('POST', '/api/v1/groups', { body: { name: 'Lanterns' } })).status).toBe(409);
    expect((await send('POST', '/api/v1/groups', { body: { name: 'X', groups: ['none'] } })).status).toBe(
      422,
    );
    expect((await send('PATCH', outer, { body: { name: 'X' }, version: '"1"' })).status).toBe(412);
    const first = await send('GET', '/api/v1/groups?limit=1');
    expect(first.json).toMatchObject({ data: [{ name: 'Lanterns' }] });
    const rest = await send('GET', `/api/v1/groups?cursor=${String(first.json?.['next_cursor'])}`);
    expect(rest.json).toMatchObject({ data: [{ name: 'Keepers' }], next_cursor: null });
    const to = { type: 'group', id: outer.split('/').at(-1) };
    expect((await send('POST', '/api/v1/assignments', { body: { role: 'auditor', to } })).status).toBe(201);

    const me = async () =>
      (await send('GET', '/api/v1/me', { token: await asPerson(api.memberId) })).json?.['permissions'];
    expect(await me()).toEqual([]);
    const membership = `${inner}/members/${api.memberId}`;
    expect((await send('PUT', membership)).status).toBe(204);
    expect((await send('PUT', membership)).status).toBe(204);
    expect(await me()).toEqual(managementScopes.filter(builtInRoles.auditor.may).toSorted());
    expect((await send('GET', `${inner}/members`)).json).toMatchObject({
      data: [{ account_id: api.memberId }],
      next_cursor: null,
    });
    expect((await send('DELETE', membership)).status).toBe(204);
    expect(await me()).toEqual([]);
    expect((await send('PUT', `${inner}/members/${notThere}`)).status).toBe(404);
    expect((await send('DELETE', outer, { version: '"4"' })).status).toBe(204);
    expect((await send('GET', outer)).status).toBe(404);
    const events = await api.database.prisma.auditEvent.findMany({
      where: { type: { startsWith: 'group.member' } },
      orderBy: { id: 'asc' },
    });
    expect(events.map(({ type }) => type)).toEqual(['group.member-added', 'group.member-removed']);
  });

  test('lets nobody in who would hand out by it what they do not hold', async () => {
    const made = await send('POST', '/api/v1/groups', { body: { name: 'Key keepers' } });
    const to = { type: 'group', id: idOf(made) };
    const rule = { resource_server: own, permission: 'settings:write', effect: 'allow' };
    const token = await asPerson(api.ownerId);
    await send('POST', '/api/v1/roles', { body: { name: 'settings', rules: [rule] }, token });
    expect(
      (await send('POST', '/api/v1/assignments', { body: { role: 'settings', to }, token })).status,
    ).toBe(201);
    const membership = `/api/v1/groups/${idOf(made)}/members/${api.memberId}`;
    expect((await send('PUT', membership)).status).toBe(403);
    expect(await api.database.prisma.groupMember.count()).toBe(0);
    expect((await send('PUT', membership, { token })).status).toBe(204);
  });
});

describe('permissions, assignments and decisions', () => {
  const invoices = 'https://invoices.example';
  const ask = (body: Record<string, unknown>) => send('POST', '/access/v1/evaluation', { body });
  const question = (name: string, extra: object = {}) => ({
    subject: { type: 'account', id: api.memberId },
    action: { name },
    resource: { type: 'invoice', id: '17', ...extra },
  });

  beforeAll(async () => {
    const now = dateOf({ now: () => nowSeconds * 1000 });
    await api.database.prisma.resourceServer.create({
      data: {
        identifier: invoices,
        name: 'Invoices',
        scopes: [],
        accessTokenFormat: 'jwt',
        accessTokenLifetimeSeconds: 600,
        createdAt: now,
        updatedAt: now,
      },
    });
  });

  test('from the declaration to the answer and its proof, and back', async () => {
    const declared = await send('POST', '/api/v1/permissions', {
      body: { resource_server: invoices, name: 'invoices:pay' },
    });
    expect(declared.status).toBe(201);
    // An administrator holds no permission of the application, and hands it out all the same.
    const rules = [{ resource_server: invoices, permission: 'invoices:pay', effect: 'allow' }];
    expect((await send('POST', '/api/v1/roles', { body: { name: 'payer', rules } })).status).toBe(201);

    expect(await ask(question('invoices:pay'))).toMatchObject({
      status: 200,
      json: { decision: false, context: { reason: 'no_role', missing_roles: ['payer'], proofs: [] } },
    });
    const assignment = await send('POST', '/api/v1/assignments', {
      body: {
        role: 'payer',
        to: { type: 'account', id: api.memberId },
        scope: { area: 'emea' },
        condition: { less: [{ attr: 'resource.properties.amount', type: 'number' }, 1000] },
      },
    });
    expect(assignment.status).toBe(201);
    const allowed = await ask(question('invoices:pay', { properties: { area: 'emea/de', amount: 999 } }));
    expect(allowed.json).toEqual({
      decision: true,
      context: {
        reason: 'allowed',
        permission: 'invoices:pay',
        resource_server: invoices,
        proofs: [
          {
            assignment_id: idOf(assignment),
            group: null,
            roles: ['payer'],
            effect: 'allow',
            outcome: 'counts',
            values: { 'resource.properties.amount': 999 },
          },
        ],
        missing_roles: [],
      },
    });
    const refused = await ask(question('invoices:pay', { properties: { area: 'emea', amount: 1000 } }));
    expect(refused.json).toMatchObject({ decision: false, context: { reason: 'limits_not_met' } });

    const effective = await send('GET', `/api/v1/accounts/${api.memberId}/permissions`);
    expect(effective.json?.['data']).toContainEqual({
      resource_server: invoices,
      permission: 'invoices:pay',
      is_unlimited: false,
      through: [{ assignment_id: idOf(assignment), group: null, roles: ['payer'] }],
    });
    expect((await send('GET', `/api/v1/accounts/${notThere}/permissions`)).status).toBe(404);

    const path = `/api/v1/assignments/${idOf(assignment)}`;
    expect((await send('GET', path)).json).toEqual(assignment.json);
    const listed = await send('GET', `/api/v1/assignments?account_id=${api.memberId}`);
    expect(listed.json).toEqual({ data: [assignment.json], next_cursor: null });
    // Nothing is given to two at once.
    const both = await send('GET', `/api/v1/assignments?account_id=${api.memberId}&client_id=${tool}`);
    expect(both.json).toEqual({ data: [], next_cursor: null });
    const byRole = await send('GET', '/api/v1/assignments?role=payer');
    expect(byRole.json).toEqual({ data: [assignment.json], next_cursor: null });
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('DELETE', path)).status).toBe(404);
    const after = await ask(question('invoices:pay', { properties: { area: 'emea', amount: 1 } }));
    expect(after.json).toMatchObject({ decision: false });

    expect((await send('DELETE', `/api/v1/permissions/${idOf(declared)}`)).status).toBe(204);
    expect((await ask(question('invoices:pay'))).json).toMatchObject({
      context: { reason: 'unknown_permission' },
    });
    const events = await send('GET', '/api/v1/audit/events?type=role.assigned');
    const [latest] = (events.json?.['data'] ?? []) as unknown[];
    expect(latest).toMatchObject({
      actor_kind: 'client',
      target: { kind: 'assignment', id: idOf(assignment) },
      changes: { before: null, after: { role: 'payer', scope: { area: 'emea' }, has_condition: true } },
    });
    expect(JSON.stringify(events.json)).not.toContain(api.memberId);
  });

  test('many questions at once, each with what is said for all', async () => {
    const body = {
      ...question('accounts:read'),
      subject: { type: 'account', id: api.ownerId },
      evaluations: [
        {},
        { action: { name: 'invoices:none' } },
        { subject: { type: 'account', id: api.memberId } },
        { subject: { type: 'robot', id: '1' } },
      ],
    };
    const decisions = async (semantic?: string) => {
      const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } };
      const { json } = await send('POST', '/access/v1/evaluations', { body: { ...body, ...options } });
      return ((json?.['evaluations'] ?? []) as { decision: boolean }[]).map(({ decision }) => decision);
    };
    expect(await decisions()).toEqual([true, false, false, false]);
    expect(await decisions('deny_on_first_deny')).toEqual([true, false]);
    expect(await decisions('permit_on_first_permit')).toEqual([true]);
    const { evaluations: _, ...alone } = body;
    expect((await send('POST', '/access/v1/evaluations', { body: alone })).json).toMatchObject({
      decision: true,
    });
    const incomplete = await send('POST', '/access/v1/evaluations', { body: { evaluations: [{}] } });
    expect(incomplete).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
  });

  test('where they are asked for is announced', async () => {
    const response = await api.get('/.well-known/authzen-configuration');
    expect(response.headers.get('Content-Type')).toContain('application/json');
    const { policy_decision_point: base, ...endpoints } = (await response.json()) as Record<string, string>;
    expect(base).toBe('https://api.lantern.example');
    // What is announced is there, and asks for a token.
    for (const endpoint of Object.values(endpoints)) {
      const path = endpoint.replace(String(base), '');
      expect((await api.get(path, undefined, { method: 'POST' })).status).toBe(401);
    }
    expect(Object.keys(endpoints)).toHaveLength(2);
  });

  test('what a client may do is listed with every way to it', async () => {
    const { status, json } = await send('GET', '/api/v1/clients/night-watch/permissions');
    expect(status).toBe(200);
    expect(
      (json?.['data'] as { permission: string }[] | undefined)?.map(each => each.permission).toSorted(),
    ).toEqual(managementScopes.filter(builtInRoles.administrator.may).toSorted());
    expect((await send('GET', '/api/v1/clients/nobody/permissions')).status).toBe(404);
  });

  test('a time window without time is refused', async () => {
    const before = await api.database.prisma.roleAssignment.count();
    const at = '2026-03-02T00:00:00Z';
    const body = { role: 'auditor', to: { type: 'account', id: api.memberId }, starts_at: at, ends_at: at };
    expect((await send('POST', '/api/v1/assignments', { body })).status).toBe(422);
    expect(await api.database.prisma.roleAssignment.count()).toBe(before);
  });

  test('a condition that is none is refused with the reason', async () => {
    const before = await api.database.prisma.roleAssignment.count();
    const to = { type: 'account', id: api.memberId };
    const body = { role: 'auditor', to, condition: { equals: [{ attr: 'subject.shoe' }, 'x'] } };
    expect((await send('POST', '/api/v1/assignments', { body })).json?.['errors']).toMatchObject([
      { pointer: '/body/condition', detail: 'There is no attribute "subject.shoe".' },
    ]);
    expect(await api.database.prisma.roleAssignment.count()).toBe(before);
  });

  test('what this API itself asks for is not for anybody to declare or take away', async () => {
    const body = { resource_server: own, name: 'accounts:invent' };
    expect((await send('POST', '/api/v1/permissions', { body })).status).toBe(403);
    const { id } = await api.database.prisma.permission.findFirstOrThrow({
      where: { name: 'accounts:read' },
    });
    expect((await send('DELETE', `/api/v1/permissions/${id}`)).status).toBe(403);
    expect(await api.database.prisma.permission.count({ where: { id } })).toBe(1);
  });

  test('an assignment that is limited does not open lists, and one for an account opens that account', async () => {
    const now = dateOf({ now: () => nowSeconds * 1000 });
    await api.database.prisma.roleAssignment.create({
      data: {
        id: newId(),
        roleId: builtInRoles.administrator.id,
        accountId: api.memberId,
        scope: { type: 'account', id: api.ownerId },
        createdAt: now,
      },
    });
    const token = await asPerson(api.memberId);
    const preferences = (id: string) => send('GET', `/api/v1/accounts/${id}/preferences/app`, { token });
    expect((await preferences(api.ownerId)).status).toBe(200);
    expect((await preferences(api.memberId)).status).toBe(403);
    expect((await send('GET', '/api/v1/roles', { token })).status).toBe(403);
  });
});
