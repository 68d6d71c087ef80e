import { authorizationCodeGrant, fetchUserInfo, skipSubjectCheck } from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checksOf } from '../conformance/fapi-client.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { enterPassword } from '../support/enter-password.ts';
import { mailTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows, until } from '../support/services.ts';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp({ ACCOUNT_USERNAMES: 'optional' });
  web = await op.register();
});
afterAll(() => op.close());
beforeEach(() =>
  runSql(
    op.gatehouse.databaseUrl,
    'DELETE FROM attempt_bucket; UPDATE account SET username = NULL, username_key = NULL',
  ),
);

const names = () =>
  selectRows<{ username: string }>(
    op.gatehouse.databaseUrl,
    'SELECT username FROM account WHERE username IS NOT NULL',
  );

async function choose(username: string) {
  const agent = op.browser();
  await op.authorize({ client: web, agent });
  const page = await agent.open(`${op.issuer}/account/profile`);
  return agent.submit(page, 'profile-form', { username });
}

const signIn = (identifier: string, password = op.person.password) =>
  enterPassword(op, web, { person: { email: identifier, password } });

describe('a username', () => {
  test('signs in like the address, however it is typed, and apps see it', async () => {
    await choose('Ada.King');
    for (const identifier of ['Ada.King', 'ADA.KING', ' ada.king ', 'ａｄａ.ｋｉｎｇ', op.person.email]) {
      const { agent, page } = await signIn(identifier);
      expect((await answerPages(agent, page, op.person)).page.url, identifier).toContain('code=');
    }
    const seen = async () => {
      const response = await op.authorize({ client: web, params: { scope: 'openid profile' } });
      const tokens = await authorizationCodeGrant(web.config, response.url, checksOf(response));
      return (await fetchUserInfo(web.config, tokens.access_token, skipSubjectCheck)).preferred_username;
    };
    await until('apps see it', async () => (await seen()) === 'Ada.King');
    const { page } = await signIn('ada.kinG', 'not this one');
    expect(page.text).toContain('The email or password is not correct.');
    await choose('');
    expect((await signIn('ada.king')).page.status).toBe(422);
  });

  test.each(['ab', 'a'.repeat(41), '.ada', 'ada@king', 'аdа', 'ada king', 'ada\u200bking'])(
    '%j is none',
    async username => {
      const refused = await choose(username);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('Use 3 to 40 letters');
      expect(await names()).toEqual([]);
    },
  );

  test('belongs to one, of twenty who ask at once, and the others are told', async () => {
    const addresses = Array.from({ length: 20 }, (_, nth) => `reader${nth}@example.com`);
    const forms = await Promise.all(
      addresses.map(async email => {
        const agent = op.browser();
        const { page } = await op.authorize({ client: web, agent, params: { prompt: 'create' } });
        const sent = await agent.submit(page, 'register-form', { email, action: 'register' });
        const [code] = /\d{4} \d{4}/.exec((await mailTo(op.gatehouse, email)).text) ?? [''];
        return { agent, page: await agent.submit(sent, 'prove-address-form', { code, action: 'continue' }) };
      }),
    );
    const fields = { name: 'A Reader', password: 'a long sentence nobody guesses', action: 'create' };
    const answers = await Promise.all(
      forms.map(({ agent, page }) =>
        agent.submit(page, 'create-account-form', { ...fields, username: 'Reader' }),
      ),
    );
    const refused = answers.filter(({ status }) => status === 422);
    expect(refused).toHaveLength(19);
    expect(refused[0]?.text).toContain('Somebody has this username');
    expect(await names()).toEqual([{ username: 'Reader' }]);
    // Nothing is lost: another name, or none, makes the account.
    const nth = answers.findIndex(({ status }) => status === 422);
    const again = forms[nth];
    if (again === undefined) throw new Error('there is one');
    const made = await again.agent.submit(answers[nth] ?? again.page, 'create-account-form', {
      ...fields,
      username: '',
    });
    expect(made.status).toBe(200);
    expect(await names()).toHaveLength(1);
  }, 60_000);

  test('is no password, nor most of one', async () => {
    await choose('analytical.engine');
    const agent = op.browser();
    await op.authorize({ client: web, agent });
    const page = await agent.open(`${op.issuer}/account/password`);
    const refused = await agent.submit(page, 'reset-password-form', { password: 'analytical.engine.1843' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('little more than your name');
  });

  test('gives guessers no more tries than the address alone', async () => {
    await choose('ada.king');
    for (let nth = 0; nth < 3; nth += 1)
      expect((await signIn('ada.king', `wrong ${nth}`)).page.status).toBe(422);
    for (let nth = 3; nth < 5; nth += 1)
      expect((await signIn(op.person.email, `wrong ${nth}`)).page.status).toBe(422);
    expect((await signIn('ada.king', 'wrong')).page.status).toBe(429);
    expect((await signIn(op.person.email, 'wrong')).page.status).toBe(429);
  });
});
