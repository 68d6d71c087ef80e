import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { enterPassword } from '../support/enter-password.ts';
import { answerPages } from '../support/relying-party.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

const attributes = [
  {
    name: 'employee_number',
    type: 'number',
    labels: { en: 'Employee number', de: 'Personalnummer' },
    write: 'administrator',
    scope: 'employee',
  },
  {
    name: 'department',
    type: 'choice',
    labels: { en: 'Department' },
    choices: ['Engines', 'Looms'],
    scope: 'employee',
  },
  { name: 'shoe_size', type: 'number', labels: { en: 'Shoe size' } },
  {
    name: 'clearance',
    type: 'text',
    labels: { en: 'Clearance' },
    read: 'administrator',
    write: 'administrator',
    scope: 'employee',
  },
];

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({
    ACCOUNT_ATTRIBUTES: JSON.stringify(attributes),
    PROFILE_REQUIRED: 'department,birthdate',
  });
  web = await op.register();
});
afterAll(() => op.close());

const claims = async () =>
  (
    await selectRows<{ claims: Record<string, unknown> }>(
      op.gatehouse.databaseUrl,
      'SELECT claims FROM account',
    )
  )[0]?.claims ?? {};
const say = (text: string) =>
  runSql(op.gatehouse.databaseUrl, `UPDATE account SET claims = claims || '${text}'`);
beforeEach(() => say('{"department": "Engines", "birthdate": "1815-12-10"}'));

async function userinfo(scope: string): Promise<Record<string, unknown>> {
  const response = await op.authorize({ client: web, params: { scope, prompt: 'consent' } });
  const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
  return fetchUserInfo(web.config, tokens.access_token, skipSubjectCheck);
}

async function save(agent: UserAgent, changes: Record<string, string>) {
  const page = await agent.open(`${op.issuer}/account/profile`);
  const chosen = /<option value="([^"]*)" selected/.exec(page.text)?.[1] ?? '';
  return agent.submit(page, 'profile-form', { birthdate: '1815-12-10', department: chosen, ...changes });
}

describe('attributes of one’s own', () => {
  test('are said by their owner where that may be, checked, and kept as what they are', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const page = await agent.open(`${op.issuer}/account/profile`);
    expect(page.text).toContain('<label for="shoe_size">Shoe size</label>');
    expect(page.text).not.toContain('id="employee_number"');
    expect(page.text).not.toContain('Clearance');
    const wrong = await save(agent, { shoe_size: 'large', department: 'Kitchens' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('Enter a number.');
    expect(wrong.text).toContain('Choose one of these.');
    expect(await claims()).not.toHaveProperty('shoe_size');
    await save(agent, { shoe_size: '38.5', department: 'Looms' });
    expect(await claims()).toMatchObject({ shoe_size: 38.5, department: 'Looms' });
  });

  test('that others say nobody says of themselves', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    await save(agent, { employee_number: '1', clearance: 'everything' });
    expect(await claims()).not.toHaveProperty('employee_number');
    expect(await claims()).not.toHaveProperty('clearance');
    const set = (...words: string[]) =>
      runCli(op.gatehouse.environment, 'attribute', op.person.email, ...words);
    expect((await set('employee_number', 'first')).said).toContain('employee_number must be a number');
    expect((await set('height', '1')).said).toContain('There is no attribute "height"');
    expect(await set('employee_number', '1843')).toEqual({ code: 0, said: 'employee_number is 1843.' });
    await set('clearance', 'secret');
    expect(await claims()).toMatchObject({ employee_number: 1843, clearance: 'secret' });
    const page = await agent.open(`${op.issuer}/account/profile`);
    expect(page.text).toContain('<dt>Employee number</dt><dd><bdi>1843</bdi></dd>');
    expect(page.text).not.toContain('secret');
  });

  test('reach apps with their scope and no other, and consent says which they are', async () => {
    await say('{"employee_number": 1843, "shoe_size": 38, "clearance": "secret"}');
    expect(op.metadata['scopes_supported']).toContain('employee');
    expect(op.metadata['claims_supported']).toEqual(
      expect.arrayContaining(['employee_number', 'department']),
    );
    expect(op.metadata['claims_supported']).not.toContain('shoe_size');
    await until('apps see it', async () => {
      return (await userinfo('openid employee'))['employee_number'] === 1843;
    });
    expect(await userinfo('openid employee')).toMatchObject({ department: 'Engines', clearance: 'secret' });
    const profile = await userinfo('openid profile');
    for (const name of ['employee_number', 'department', 'shoe_size', 'clearance'])
      expect(profile).not.toHaveProperty(name);

    const other = await op.register();
    const agent = op.browser();
    const { page } = await op.authorize({ client: other, agent, params: { scope: 'openid' } });
    expect(page.url).not.toContain('error');
    const { page: asked } = await enterPassword(op, other, { agent, params: { scope: 'openid employee' } });
    expect(asked.text).toContain('See Employee number, Department, and Clearance');
  });
});

describe('what has to be known', () => {
  beforeEach(() =>
    runSql(op.gatehouse.databaseUrl, "UPDATE account SET claims = claims - 'department' - 'birthdate'"),
  );

  test('is asked for before an app gets anything, and then not again', async () => {
    const agent = op.browser();
    const { page: asked } = await enterPassword(op, web, { agent });
    expect(asked.text).toContain('To go on, complete your profile.');
    const silent = await op.authorize({ client: web, agent: agent.clone(), params: { prompt: 'none' } });
    expect(silent.params.get('error')).toBe('interaction_required');
    const empty = await agent.submit(asked, 'complete-profile-form', { department: '', birthdate: 'x' });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain('This is needed.');
    expect(empty.text).toContain('value="x"');
    expect(await claims()).not.toHaveProperty('department');
    const done = await agent.submit(empty, 'complete-profile-form', {
      department: 'Looms',
      birthdate: '1815',
      action: 'save',
    });
    expect((await answerPages(agent, done, op.person)).page.url).toContain('code=');
    expect(await claims()).toMatchObject({ department: 'Looms', birthdate: '1815' });
    const again = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(again.params.get('code')).not.toBeNull();
  });

  test('cannot be taken away on the page of the profile, and does not keep anybody from their account', async () => {
    const agent = op.browser();
    const { page: asked } = await enterPassword(op, web, { agent });
    expect(asked.text).toContain('complete-profile-form');
    const home = await agent.open(`${op.issuer}/account`);
    expect(home.text).toContain('account-form');
    const refused = await save(agent, { birthdate: '', department: 'Looms' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This is needed.');
  });
});
