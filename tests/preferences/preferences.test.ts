import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { startApi, type TestApi } from '../management-api/start-api.ts';
import { appNoticesTo, mailsTo, noticesTo } from '../support/mailbox.ts';
import { runSql, selectRows, until } from '../support/services.ts';

describe('what people choose', () => {
  let op: OpUnderTest;
  let web: TestClient;
  beforeAll(async () => {
    op = await startOp();
    web = await op.register();
  });
  afterAll(() => op.close());
  beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM preference'));

  const stored = () =>
    selectRows<{ key: string; value: unknown }>(
      op.gatehouse.databaseUrl,
      'SELECT key, value FROM preference ORDER BY key',
    );

  async function save(fields: Record<string, string>) {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const page = await agent.open(`${op.issuer}/account/preferences`);
    const all = {
      theme: 'auto',
      language: '',
      zoneinfo: '',
      new_device: 'yes',
      app_allowed: 'yes',
      ...fields,
    };
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 'no'));
    return { agent, page: await agent.submit(page, 'preferences-form', sent) };
  }

  test('is kept, shows on the page, and in the pages that follow', async () => {
    const { agent, page } = await save({ theme: 'dark', language: 'de', zoneinfo: 'Europe/Berlin' });
    expect(page.url).toBe(`${op.issuer}/account`);
    expect(page.text).toContain('<html lang="de" dir="ltr" data-theme="dark">');
    const again = await agent.open(`${op.issuer}/account/preferences`);
    expect(again.text).toMatch(/value="dark" selected/);
    expect(again.text).toMatch(/value="de" selected/);
    expect(again.text).toContain('value="Europe/Berlin"');
    const [{ claims }] = (await selectRows(op.gatehouse.databaseUrl, 'SELECT claims FROM account')) as [
      { claims: Record<string, unknown> },
    ];
    expect(claims).toMatchObject({ locale: 'de', zoneinfo: 'Europe/Berlin' });
    const back = await agent.submit(again, 'preferences-form', { theme: 'auto', language: '', zoneinfo: '' });
    expect(back.text).toContain('<html lang="en" dir="ltr">');
  });

  test('what is no place is said, and nothing is kept', async () => {
    const { page } = await save({ theme: 'dark', zoneinfo: 'Europe/Nowhere' });
    expect(page.status).toBe(422);
    expect(page.text).toContain('value="Europe/Nowhere"');
    expect(page.text).toMatch(/value="dark" selected/);
    expect(await stored()).toEqual([]);
  });

  test('mails that people can do without do not come, and those about changes do', async () => {
    const counts = async () => [
      (await noticesTo(op.gatehouse, op.person.email)).length,
      (await appNoticesTo(op.gatehouse, op.person.email)).length,
    ];
    await save({ new_device: 'no', app_allowed: 'no' });
    expect((await stored()).map(({ key }) => key)).toEqual(['notice.app-allowed', 'notice.new-device']);
    const settled = "SELECT 1 FROM outgoing_mail WHERE status = 'waiting'";
    await until(
      'no mail is on its way',
      async () => (await selectRows(op.gatehouse.databaseUrl, settled)).length === 0,
    );
    const before = await counts();
    const agent = op.browser();
    const other = await op.register();
    await op.authorize({
      client: other,
      agent,
      params: { scope: 'openid offline_access', prompt: 'consent' },
    });
    const page = await agent.open(`${op.issuer}/account/password`);
    await agent.submit(page, 'reset-password-form', {
      password: 'violet umbrellas sing quietly',
      sign_out: [],
    });
    await until('the mail about the change arrives', async () =>
      (await mailsTo(op.gatehouse, op.person.email)).find(
        ({ subject }) => subject === 'Your password was changed',
      ),
    );
    expect(await counts()).toEqual(before);
  });
});

describe('what apps keep for people', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  const address = (namespace = 'lantern', accountId = api.memberId) =>
    `/api/v1/accounts/${accountId}/preferences/${namespace}`;
  const read = async (path = address()) => api.get(path, await api.token({ scope: 'accounts:read' }));
  const change = async (values: unknown, path = address(), scope = 'accounts:write') =>
    api.get(path, await api.token({ scope }), {
      method: 'PATCH',
      body: JSON.stringify({ values }),
      headers: { 'Content-Type': 'application/json' },
    });

  test('is changed key by key, apart from what others keep, and goes with null', async () => {
    expect(
      await (await change({ density: 'compact', list: { order: ['name', 'date'] }, page: 50 })).json(),
    ).toEqual({
      values: { density: 'compact', list: { order: ['name', 'date'] }, page: 50 },
    });
    await change({ density: 'wide' }, address('other'));
    await change({ density: null, page: 20 });
    expect(await (await read()).json()).toEqual({ values: { list: { order: ['name', 'date'] }, page: 20 } });
    expect(await (await read(address('other'))).json()).toEqual({ values: { density: 'wide' } });
    expect(await (await read(address('lantern', api.ownerId))).json()).toEqual({ values: {} });
  });

  test('has limits, and what is refused changes nothing', async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, nth) => [`key${nth}`, nth]));
    expect((await change(many, address('many'))).status).toBe(409);
    expect((await change({ long: 'x'.repeat(5000) }, address('many'))).status).toBe(422);
    expect((await change({ 'a key': 1 }, address('many'))).status).toBe(422);
    expect(await (await read(address('many'))).json()).toEqual({ values: {} });
    const { key100: _, ...enough } = many;
    expect((await change(enough, address('many'))).status).toBe(200);
    expect((await change({ one_more: 1 }, address('many'))).status).toBe(409);
    expect((await change({ key1: null, one_more: 1 }, address('many'))).status).toBe(200);
  });

  test('needs the permission, an account, and a name of one’s own', async () => {
    expect((await change({ density: 'x' }, address(), 'accounts:read')).status).toBe(403);
    expect((await change({ theme: 'dark' }, address('gatehouse'))).status).toBe(403);
    const nobody = address('lantern', '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a');
    expect((await change({ density: 'x' }, nobody)).status).toBe(404);
    expect((await read(nobody)).status).toBe(404);
    expect((await read(address('Not A Name'))).status).toBe(422);
  });

  test('twenty changes at once all count', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, nth) => change({ [`key${nth}`]: nth }, address('busy'))),
    );
    const { values } = (await (await read(address('busy'))).json()) as { values: object };
    expect(Object.keys(values)).toHaveLength(20);
  });
});
