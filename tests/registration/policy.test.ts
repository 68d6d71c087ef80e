import { afterEach, describe, expect, test } from 'vitest';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { selectRows } from '../support/services.ts';

let op: OpUnderTest;
afterEach(() => op.close());

const challenges = () => selectRows(op.gatehouse.databaseUrl, 'SELECT 1 FROM email_challenge');

describe('who may register', () => {
  test('nobody, where it is closed: not on the page, not by prompt=create, not by a form of another Gatehouse', async () => {
    op = await startOp({ ACCOUNT_REGISTRATION: 'closed' });
    const web = await op.register();
    expect(op.metadata['prompt_values_supported']).not.toContain('create');
    const { params } = await op.authorize({ client: web, params: { prompt: 'create' } });
    expect(params.get('error')).toBe('invalid_request');

    const agent = op.browser();
    const page = await agent.open(
      `${op.issuer}/auth?client_id=${web.id}&response_type=code&scope=openid&redirect_uri=https://rp.example/callback&code_challenge=${'x'.repeat(43)}&code_challenge_method=S256`,
    );
    expect(page.text).toContain('id="identifier-form"');
    expect(page.text).not.toContain('id="create-account"');
    const tried = await agent.submit(page, 'identifier-form', { action: 'register', identifier: '' });
    expect(tried.status).toBe(422);
    expect(tried.text).toContain('id="identifier-form"');
  });

  test('people with an address at the domains that are named, subdomains and look-alikes not', async () => {
    op = await startOp({
      ACCOUNT_REGISTRATION: 'domains',
      ACCOUNT_REGISTRATION_DOMAINS: 'lantern.example, lantern-travel.example',
    });
    const web = await op.register();
    expect(op.metadata['prompt_values_supported']).toContain('create');
    const agent = op.browser();
    const { page } = await op.authorize({ client: web, agent, params: { prompt: 'create' } });
    for (const email of [
      'ada@example.com',
      'ada@mail.lantern.example',
      'ada@evillantern.example',
      'ada@lantern.example@evil.example',
      '"ada@lantern.example"@evil.example',
    ]) {
      const refused = await agent.submit(page, 'register-form', { email, action: 'register' });
      expect(refused.status, email).toBe(422);
    }
    expect(await challenges()).toEqual([]);
    const answer = await agent.submit(page, 'register-form', {
      email: 'ada@LANTERN.example',
      action: 'register',
    });
    expect(answer.text).toContain('Check your email');
    expect(await challenges()).toHaveLength(1);
  });
});
