import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import type { UserAgent } from '../support/user-agent.ts';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({ SESSION_IDLE_DAYS: '2', SESSION_TOTAL_DAYS: '5' });
  web = await op.register();
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

function pass(hours: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now + hours * 3_600_000);
}

async function isSignedIn(agent: UserAgent): Promise<boolean> {
  const { params } = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
  return params.get('error') !== 'login_required';
}

test('a session that is not used for two days is over, one that is goes on', async () => {
  const [used, unused] = [op.browser(), op.browser()];
  for (const agent of [used, unused]) await op.authorize({ client: web, agent });
  pass(40);
  expect(await isSignedIn(used)).toBe(true);
  pass(9);
  expect(await isSignedIn(used)).toBe(true);
  expect(await isSignedIn(unused)).toBe(false);
});

test('however much it is used, it ends five days after the sign-in; a new sign-in begins anew', async () => {
  const [often, again] = [op.browser(), op.browser()];
  for (const agent of [often, again]) await op.authorize({ client: web, agent });
  for (let days = 1; days <= 4; days += 1) {
    pass(24);
    expect(await isSignedIn(often)).toBe(true);
    await op.authorize({ client: web, agent: again, params: { prompt: 'login' } });
  }
  pass(25);
  expect(await isSignedIn(often)).toBe(false);
  expect(await isSignedIn(again)).toBe(true);
});
