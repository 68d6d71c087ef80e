import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { enrolApp } from '../support/authenticator-app.ts';
import { enterPassword } from '../support/enter-password.ts';
import { mailsTo } from '../support/mailbox.ts';
import { runCli } from '../support/run-cli.ts';
import { runSql, selectRows, until } from '../support/services.ts';

let op: OpUnderTest;
let web: TestClient;
beforeAll(async () => {
  op = await startOp();
  web = await op.register({ client_name: 'Lantern Travel' });
});
afterAll(() => op.close());

const select = (text: string) => selectRows(op.gatehouse.databaseUrl, text);
const isAsked = async () => (await enterPassword(op, web, {})).page.text.includes('id="challenge-form"');
const mailAbout = (subject: string) =>
  until(`a mail arrives: ${subject}`, async () =>
    (await mailsTo(op.gatehouse, op.person.email)).findLast(mail => mail.subject === subject),
  );

test('a link of the operator takes lost factors away, once, signs nobody in, and the owner hears of it twice', async () => {
  const { agent } = await enrolApp(op);
  const { code, said } = await runCli(
    op.gatehouse.environment,
    'reset-factors',
    op.person.email,
    '--reason',
    'Lost the phone; seen in person.',
  );
  expect({ code, said }).toMatchObject({
    code: 0,
    said: expect.stringContaining('/reset-factors/') as string,
  });
  const link = /https?:\S+\/reset-factors\/\S+/.exec(said)?.[0] ?? '';
  expect((await mailAbout('Somebody may remove your passkeys and codes')).text).toContain('seen in person');
  const stranger = op.browser();
  const asked = await stranger.open(link);
  expect(asked.text).toContain('Do without your second factors?');
  expect(await isAsked()).toBe(true);
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => stranger.clone().submit(asked, 'confirm-form')),
  );
  expect(pages.filter(({ text }) => text.includes('They are gone'))).toHaveLength(1);
  await mailAbout('Your passkeys and codes were removed');
  expect(await select('SELECT 1 FROM totp_credential')).toEqual([]);
  expect(await select('SELECT 1 FROM recovery_code')).toEqual([]);
  // Nobody is signed in by it, and who was is not any more.
  expect((await stranger.open(`${op.issuer}/account`)).text).toContain('id="identifier-form"');
  expect((await agent.open(`${op.issuer}/account`)).text).toContain('id="identifier-form"');
  expect(await isAsked()).toBe(false);
});

test('“this wasn’t me” takes away what was set up in the last days, and leaves what is older', async () => {
  await enrolApp(op);
  await runSql(
    op.gatehouse.databaseUrl,
    "UPDATE totp_credential SET created_at = now() - interval '30 days'",
  );
  await runSql(
    op.gatehouse.databaseUrl,
    `INSERT INTO passkey (id, account_id, public_key, counter, transports, aaguid, is_synced, name, created_at)
     SELECT 'of-a-stranger', id, ''::bytea, 0, '{}', '', false, 'x', now() FROM account WHERE email = '${op.person.email}'`,
  );
  const { text } = await mailAbout('An authenticator app was set up');
  const link = /https?:\S+\/not-me\/\S+/.exec(text)?.[0] ?? '';
  const agent = op.browser();
  await agent.submit(await agent.open(link), 'confirm-form');
  expect(await select('SELECT 1 FROM passkey')).toEqual([]);
  expect(await select('SELECT 1 FROM totp_credential')).toHaveLength(1);
});
