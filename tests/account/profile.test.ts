import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { claimsOf, formOf, profileForm } from '../../src/pages/account/profile-form.ts';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const rules = { attributes: [], required: [], hasUsernames: false };

let op: OpUnderTest;
let web: TestClient;
let agent: UserAgent;
let claims: Record<string, unknown>;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
  claims = await stored();
});
afterAll(() => op.close());
beforeEach(async () => {
  await runSql(
    op.gatehouse.databaseUrl,
    `UPDATE account SET claims = '${JSON.stringify(claims).replaceAll("'", "''")}'`,
  );
  agent = op.browser();
  await op.authorize({ client: web, agent });
});

async function stored(): Promise<Record<string, unknown>> {
  const text = 'SELECT claims FROM account';
  return (
    (await selectRows<{ claims: Record<string, unknown> }>(op.gatehouse.databaseUrl, text))[0]?.claims ?? {}
  );
}

/** All that the page has, as a browser sends it back. */
async function save(changes: Record<string, string>) {
  const page = await agent.open(`${op.issuer}/account/profile`);
  const all = [...page.text.matchAll(/<input id="([a-z_]+)"[^>]*value="([^"]*)"/g)];
  const shown = Object.fromEntries(
    all.map(([, name = '', value = '']) => [name, value.replaceAll('&#x27;', "'").replaceAll('&#x3D;', '=')]),
  );
  return agent.submit(page, 'profile-form', { ...shown, ...changes });
}

async function userinfo(): Promise<Record<string, unknown>> {
  const response = await op.authorize({
    client: web,
    agent,
    params: { scope: 'openid profile phone address', prompt: 'consent' },
  });
  const { access_token: token } = await authorizationCodeGrant(web.config, response.url, checksOf(response));
  return fetchUserInfo(web.config, token, skipSubjectCheck);
}

test('what a person changes apps see; what the page does not show stays', async () => {
  const before = Number((await userinfo())['updated_at']);
  const saved = await save({
    name: 'Augusta Ada King',
    nickname: '',
    phone_number: '+44 20 7946 0000',
    street_address: '1 Ockham Park',
    locality: 'Ockham',
    region: '',
  });
  expect(saved.url).toBe(`${op.issuer}/account`);
  expect(saved.text).toContain('Augusta Ada King');
  let seen: Record<string, unknown> = {};
  await until('apps see it', async () => {
    seen = await userinfo();
    return seen['name'] === 'Augusta Ada King';
  });
  expect(seen).toMatchObject({
    given_name: 'Ada',
    gender: 'female',
    phone_number: '+44 20 7946 0000',
    phone_number_verified: false,
    address: { street_address: '1 Ockham Park', locality: 'Ockham', country: 'GB' },
  });
  expect(seen).not.toHaveProperty('nickname');
  expect(seen['address']).not.toHaveProperty('region');
  expect(Number(seen['updated_at'])).toBeGreaterThanOrEqual(before);
});

test('a form that changes nothing changes nothing', async () => {
  await save({});
  const { address, ...rest } = await stored();
  const { address: before, ...others } = claims;
  expect(rest).toEqual(others);
  expect({ ...(address as object), formatted: '' }).toEqual({ ...(before as object), formatted: '' });
});

test('what is wrong is said field by field, and kept; nothing is written', async () => {
  const answer = await save({
    name: ' ',
    birthdate: '1815-13-40',
    phone_number: 'none',
    website: 'javascript:alert(1)',
    zoneinfo: 'Europe/Nowhere',
    locale: 'x',
    country: 'c'.repeat(201),
  });
  expect(answer.status).toBe(422);
  const problems = ['name', 'birthdate', 'phone_number', 'website', 'zoneinfo', 'locale', 'country'];
  for (const field of problems) expect(answer.text).toContain(`id="${field}-problem"`);
  expect(answer.text).toContain('value="1815-13-40"');
  expect(await stored()).toEqual(claims);
});

test('nobody makes themselves more than they are', async () => {
  await save({
    sub: 'somebody-else',
    email: 'x@example.com',
    email_verified: 'true',
    phone_number_verified: 'true',
    is_owner: 'true',
  });
  const [account] = await selectRows(
    op.gatehouse.databaseUrl,
    "SELECT email, is_owner, claims->>'phone_number_verified' AS phone, claims ? 'sub' AS sub FROM account",
  );
  expect(account).toMatchObject({ email: op.person.email, is_owner: false, phone: 'false', sub: false });
});

test.each([
  ['1990', true],
  ['1990-02-29', false],
  ['2000-02-29', true],
  ['29.02.2000', false],
])('%s as a date of birth: %s', (birthdate, isGood) => {
  expect(profileForm(rules).safeParse({ name: 'Ada', birthdate }).success).toBe(isGood);
});

test('an address is what there is of it, and none where there is nothing', () => {
  const form = profileForm(rules).parse({ name: 'Ada', locality: 'London', postal_code: 'SW1Y' });
  expect(claimsOf(form, {}, rules)['address']).toEqual({
    locality: 'London',
    postal_code: 'SW1Y',
    formatted: 'SW1Y London',
  });
  expect(claimsOf(profileForm(rules).parse({ name: 'Ada' }), {}, rules)['address']).toBeUndefined();
  expect(formOf({ name: 'Ada', address: { locality: 'London' } })).toEqual({
    name: 'Ada',
    locality: 'London',
  });
});
