import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mailTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import type { Page, UserAgent } from '../support/user-agent.ts';
import { callback, type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';

const password = 'a long sentence nobody guesses';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
});
afterAll(() => op.close());

async function register(agent: UserAgent, page: Page, email: string): Promise<Page> {
  const check = await agent.submit(page, 'register-form', { email, action: 'register' });
  const { text } = await mailTo(op.gatehouse, email);
  const code = /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';
  const choose = await agent.submit(check, 'prove-address-form', { code, action: 'continue' });
  const done = await agent.submit(choose, 'create-account-form', { name: 'Grace', password });
  return (await answerPages(agent, done, { email, password })).page;
}

const ask = (agent: UserAgent, params: Record<string, string> = {}) =>
  op.authorize({ client: web, agent, params: { prompt: 'create', scope: 'openid', ...params } });

describe('OpenID Connect · Initiating User Registration 1.0', () => {
  test('discovery says that it can be asked for', () => {
    expect(op.metadata['prompt_values_supported']).toContain('create');
  });

  test('prompt=create leads to a new account, also where somebody is signed in, and back to the app', async () => {
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const { page, sent } = await ask(agent);
    const back = new URL((await register(agent, page, 'new@example.com')).url);
    expect(back.href.startsWith(callback)).toBe(true);
    expect(back.searchParams.get('state')).toBe(sent.state);
    expect(back.searchParams.get('code')).not.toBeNull();

    const silent = await op.authorize({ client: web, agent, params: { prompt: 'none' } });
    expect(silent.params.get('code')).not.toBeNull();
    const chooser = await op.authorize({
      client: web,
      agent,
      params: { prompt: 'select_account consent' },
    });
    expect(chooser.forms).toContain('select-account-form');
  });

  test('login_hint is what stands in the field', async () => {
    const { page } = await ask(op.browser(), { login_hint: 'grace@example.com' });
    expect(page.text).toMatch(/id="email"[^>]*value="grace@example.com"/);
  });

  test('who has an account may sign in instead, and the request is answered', async () => {
    const agent = op.browser();
    const { page } = await ask(agent);
    const signIn = await agent.submit(page, 'register-form', { action: 'sign-in' });
    const { page: back } = await answerPages(agent, signIn, op.person);
    expect(new URL(back.url).searchParams.get('code')).not.toBeNull();
  });

  test('who leaves goes back with access_denied; with prompt=none it is an error', async () => {
    const agent = op.browser();
    const { page } = await ask(agent);
    const left = await agent.submit(page, 'register-form', { action: 'cancel' });
    expect(new URL(left.url).searchParams.get('error')).toBe('access_denied');
    const { params } = await ask(op.browser(), { prompt: 'none create' });
    expect(params.get('error')).toBe('invalid_request');
  });
});
