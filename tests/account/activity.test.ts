import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadSettings } from '../../src/config/index.ts';
import { systemClock } from '../../src/kernel/index.ts';
import { createResetLink } from '../../src/recovery/index.ts';
import { codePolicy, encryptionKeys } from '../../src/start/index.ts';
import { createSealer, openDatabase } from '../../src/store/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { until } from '../support/services.ts';
import type { UserAgent } from '../support/user-agent.ts';

let op: OpUnderTest;
let web: TestClient;
let agent: UserAgent;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern <b>Travel</b>' });
  agent = op.browser();
  await op.authorize({ client: web, agent, params: { scope: 'openid email', prompt: 'consent' } });
});
afterAll(() => op.close());

const page = (query = '') => agent.open(`${op.issuer}/account/activity${query}`);
/** What the page says, a line each. */
async function lines(query = '') {
  const { text } = await page(query);
  return [...text.matchAll(/<li><strong>([^<]*)<\/strong><span class="small">(.*?)<\/span>/gs)].map(
    ([, what = '', from = '']) => ({ what, from }),
  );
}
const whats = async (query = '') => (await lines(query)).map(({ what }) => what);

test('says what happened, the latest first, in words', async () => {
  await until('the sign-in is there', async () => (await lines()).length === 2);
  const [allowed, signedIn] = await lines();
  expect((await whats()).toSorted()).toEqual([
    'Lantern &lt;b&gt;Travel&lt;/b&gt; got access',
    'Signed in to Lantern &lt;b&gt;Travel&lt;/b&gt;',
  ]);
  for (const line of [allowed, signedIn]) expect(line?.from).toContain('127.0.0.1');
  const own = await agent.open(`${op.issuer}/account`);
  await agent.submit(own, 'account-form', { withdraw: web.id });
  await agent.submit(await agent.open(`${op.issuer}/account`), 'account-form', { others: 'yes' });
  expect((await whats()).slice(0, 2)).toEqual([
    'Signed out everywhere else',
    'The access of Lantern &lt;b&gt;Travel&lt;/b&gt; was withdrawn',
  ]);
  const save = async () =>
    agent.submit(await agent.open(`${op.issuer}/account/profile`), 'profile-form', { nickname: 'Countess' });
  await save();
  expect((await whats())[0]).toBe('Profile changed');
  // Where nothing was changed, nothing is told.
  await save();
  expect((await whats()).filter(what => what === 'Profile changed')).toHaveLength(1);
});

test('tells of a wrong password, and says the time where the person is', async () => {
  await op
    .authorize({
      client: web,
      agent: op.browser(),
      person: { ...op.person, password: 'not this one' },
    })
    .catch(() => undefined);
  const [failed] = await lines();
  expect(failed?.what).toBe('A wrong password was entered');
  // The demo account is in London.
  expect(failed?.from).toMatch(/\d{4}, \d{1,2}:\d{2}.*(GMT|BST|GMT\+1)/);
});

test('tells who did it where it was somebody else', async () => {
  const settings = loadSettings(op.gatehouse.environment);
  const database = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 1 });
  const sealer = createSealer(encryptionKeys(settings));
  await createResetLink(
    { database, clock: systemClock, sealer, codes: codePolicy(settings) },
    op.person.email,
  );
  await database.close();
  const [first] = await lines();
  expect(first?.what).toBe('A link to reset the password was made');
  expect(first?.from).toContain('By an operator');
});

test('has pages of fifty, and forgets after ninety days', async () => {
  const profile = () => agent.open(`${op.issuer}/account/profile`);
  const known = (await lines()).length;
  for (let nth = known; nth < 52; nth += 1) {
    await agent.submit(await profile(), 'profile-form', { nickname: `Countess ${nth}` });
  }
  const first = await page();
  expect(await lines()).toHaveLength(50);
  const older = /<a class="button" id="older" href="([^"]*)"/.exec(first.text)?.[1] ?? '';
  const rest = await lines(new URL(older.replaceAll('&#x3D;', '='), op.issuer).search);
  expect(rest).toHaveLength(2);
  expect(await lines('?before=rubbish')).toHaveLength(50);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 91 * 24 * 60 * 60 * 1000 });
  await op.authorize({ client: web, agent });
  await until('the new sign-in is there', async () => (await lines()).length > 0);
  expect((await lines()).length).toBeLessThan(4);
  vi.useRealTimers();
});
