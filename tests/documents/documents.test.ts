import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadDocuments } from '../../src/documents/index.ts';
import { type OpUnderTest, startOp, type TestClient } from '../conformance/op-under-test.ts';
import { type Asked, enterPassword } from '../support/enter-password.ts';
import { mailTo } from '../support/mailbox.ts';
import { answerPages } from '../support/relying-party.ts';
import { runSql, selectRows } from '../support/services.ts';
import { tempFolder } from '../support/temp-folder.ts';

function folderWith(texts: Record<string, string>): string {
  const folder = tempFolder();
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const texts = {
  'terms/en.txt': 'Terms of use\n\nBe kind.\n\nStay as long as you like.\n',
  'terms/de.txt': 'Nutzungsbedingungen\n\nSeien Sie freundlich.\n',
  'privacy/en.txt': 'Privacy notice\n\nWe know what you tell us.\n',
};

describe('the folder', () => {
  test('what cannot be used is listed at once', () => {
    const folder = folderWith({
      'terms/en.txt': 'only a title',
      'terms/notes.md': 'x\n\ny',
      'privacy/readme': 'x\n\ny',
    });
    expect(() => loadDocuments(folder)).toThrow(
      /privacy\/readme is not named[\s\S]*privacy has no text[\s\S]*terms\/en\.txt needs a title[\s\S]*terms\/notes\.md is not/,
    );
    expect(() => loadDocuments(join(folder, 'nowhere'))).toThrow('cannot be read (ENOENT)');
  });

  test('a version is the text: the same text is the same version, any other is another', () => {
    const [one] = loadDocuments(folderWith({ 'terms/en.txt': 'Terms\n\nBe kind.' }));
    const [same] = loadDocuments(folderWith({ 'terms/en.txt': 'Terms\r\n\r\nBe kind.\r\n' }));
    const [other] = loadDocuments(folderWith({ 'terms/en.txt': 'Terms\n\nBe very kind.' }));
    expect(same?.version).toBe(one?.version);
    expect(other?.version).not.toBe(one?.version);
  });
});

describe('whoever is asked to agree', () => {
  let op: OpUnderTest;
  let web: TestClient;
  beforeAll(async () => {
    op = await startOp({ DOCUMENTS_DIR: folderWith(texts) });
    web = await op.register();
  });
  afterAll(() => op.close());

  const select = <Row extends object>(text: string) => selectRows<Row>(op.gatehouse.databaseUrl, text);
  const accepted = () =>
    select<{ name: string; version: string; locale: string }>(
      'SELECT name, version, locale FROM document_acceptance ORDER BY accepted_at, name',
    );

  const signIn = (agent = op.browser()) => enterPassword(op, web, { agent });

  const agree = ({ agent, page }: Asked) => agent.submit(page, 'accept-documents-form', { action: 'agree' });

  test('gets nothing to an app before, may read, leave, or agree, and is not asked again', async () => {
    const asking = await signIn();
    const { agent, page } = asking;
    expect(page.text).toContain('To go on, agree to these documents.');
    expect(page.text).toContain('href="/documents/terms"');
    const silent = await op.authorize({ client: web, agent: agent.clone(), params: { prompt: 'none' } });
    expect(silent.params.get('error')).toBe('interaction_required');
    // Their own account is open to them.
    expect((await agent.clone().open(`${op.issuer}/account/export`)).text).toContain('export-form');
    const cancelled = await agent.clone().submit(page, 'accept-documents-form', { action: 'cancel' });
    expect(cancelled.url).toContain('error=access_denied');
    expect(await accepted()).toEqual([]);

    const again = await signIn(agent);
    const onward = await agree(again);
    const { page: end } = await answerPages(agent, onward, op.person);
    expect(end.url).toContain('code=');
    expect((await accepted()).map(({ name, locale }) => [name, locale])).toEqual([
      ['privacy', 'en'],
      ['terms', 'en'],
    ]);
    expect((await signIn(op.browser())).page.text).not.toContain('accept-documents-form');
    const activity = await agent.open(`${op.issuer}/account/activity`);
    expect(activity.text).toContain('Agreed to “terms”');
  });

  test('is asked again where one has changed, for that one, in an open session too', async () => {
    const agent = op.browser();
    await answerPages(agent, (await signIn(agent)).page, op.person);
    // As if what they agreed to had been another text.
    await runSql(
      op.gatehouse.databaseUrl,
      "UPDATE document_acceptance SET version = 'older' WHERE name = 'terms'",
    );
    const asked = await signIn(agent);
    expect(asked.page.text).toContain('These documents have changed');
    expect(asked.page.text).toContain('href="/documents/terms"');
    expect(asked.page.text).not.toContain('href="/documents/privacy"');
    // A version that nobody was shown is not agreed to.
    const forged = await asked.agent
      .clone()
      .submit(asked.page, 'accept-documents-form', { v_0: 'another', action: 'agree' });
    expect(forged.text).toContain('accept-documents-form');
    expect(await accepted()).toHaveLength(2);
    expect((await answerPages(agent, await agree(asked), op.person)).page.url).toContain('code=');
    expect(await accepted()).toHaveLength(3);
    const [terms] = await select<{ texts: { en: string } }>(
      "SELECT texts FROM document_version WHERE name = 'terms'",
    );
    expect(terms?.texts.en).toContain('Be kind.');
  });

  test('who makes an account agrees beside the button, and is not asked once more', async () => {
    const agent = op.browser();
    const { page } = await op.authorize({ client: web, agent, params: { prompt: 'create' } });
    const email = 'grace@example.com';
    const sent = await agent.submit(page, 'register-form', { email, action: 'register' });
    const [code] = /\d{4} \d{4}/.exec((await mailTo(op.gatehouse, email)).text) ?? [''];
    const form = await agent.submit(sent, 'prove-address-form', { code, action: 'continue' });
    expect(form.text).toContain('By creating an account you agree to:');
    const person = { email, password: 'a long sentence nobody guesses' };
    const made = await agent.submit(form, 'create-account-form', {
      name: 'Grace',
      password: person.password,
      action: 'create',
    });
    expect(made.text).not.toContain('accept-documents-form');
    expect((await answerPages(agent, made, person)).page.url).toContain('code=');
  });

  test('reads it in their language where there is one, and otherwise in English', async () => {
    const german = await op.browser().send('GET', `${op.issuer}/documents/terms`, undefined, {
      'Accept-Language': 'de',
    });
    expect(german.text).toContain('Seien Sie freundlich.');
    const arabic = await op.browser().send('GET', `${op.issuer}/documents/terms`, undefined, {
      'Accept-Language': 'ar',
    });
    expect(arabic.text).toContain('<html lang="ar" dir="rtl">');
    expect(arabic.text).toContain('<div lang="en" dir="ltr">');
    expect((await op.browser().open(`${op.issuer}/documents/nothing`)).status).toBe(404);
  });
});
