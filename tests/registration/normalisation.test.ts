import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { emailKeyOf, usernameKeyOf } from '../../src/accounts/index.ts';
import { mayRegister } from '../../src/registration/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { enterPassword } from '../support/enter-password.ts';
import { runSql, selectRows } from '../support/services.ts';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register();
});
afterAll(() => op.close());
beforeEach(() => runSql(op.gatehouse.databaseUrl, 'DELETE FROM attempt_bucket; DELETE FROM email_challenge'));

/** Signs that Unicode takes for @ or only look like it. */
const lookAlikes = ['\uff20', '\ufe6b', 'ⓐ', 'ａ', '﹫'];
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

test('a key is its own key, and case, width, composition and spaces around make no other', () => {
  for (const keyOf of [emailKeyOf, usernameKeyOf]) {
    fc.assert(
      fc.property(text, typed => {
        const key = keyOf(typed);
        expect(keyOf(key)).toBe(key);
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const)
          expect(keyOf(typed.normalize(form))).toBe(key);
        expect(keyOf(` \t${typed} `)).toBe(key);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), ascii => {
        expect(keyOf(ascii.toUpperCase())).toBe(keyOf(ascii.toLowerCase()));
      }),
    );
  }
});

test('who may register is said of the domain that mail goes to, whatever the sign in front of it', () => {
  const policy = { mode: 'domains', domains: ['lantern.example'] } as const;
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(...lookAlikes), (local, sign) => {
      expect(mayRegister(policy, `${local}@lantern.example`)).toBe(true);
      expect(mayRegister(policy, `${local}@evil.example${sign}lantern.example.evil.example`)).toBe(false);
      expect(mayRegister(policy, `${local}@evil.example/${sign}lantern.exampl`)).toBe(false);
    }),
  );
});

test.each(['ada\uff20example.com', 'ada\ufe6bexample.com', 'ada@example.com\u0000', '"ada@example.com"@x'])(
  'no account is made for %j, and nothing is mailed',
  async email => {
    const agent = op.browser();
    const { page } = await op.authorize({ client: web, agent, params: { prompt: 'create' } });
    const answer = await agent.submit(page, 'register-form', { email, action: 'register' });
    expect([400, 422]).toContain(answer.status);
    expect(await selectRows(op.gatehouse.databaseUrl, 'SELECT 1 FROM email_challenge')).toEqual([]);
  },
);

test('all spellings of one address have one count of wrong passwords', async () => {
  const spellings = [
    'ada@example.com',
    'ADA@EXAMPLE.COM',
    'ａｄａ@example.com',
    'ada\uff20example.com',
    ' Ada@Example.com ',
  ];
  for (const email of spellings) {
    const { page } = await enterPassword(op, web, { person: { email, password: 'not the right one' } });
    expect(page.status, email).toBe(422);
  }
  for (const email of spellings) {
    const { page } = await enterPassword(op, web, { person: { email, password: 'not the right one' } });
    expect(page.status, email).toBe(429);
  }
});
