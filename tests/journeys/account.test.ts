import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { mailsTo, type ReceivedMail } from '../support/mailbox.ts';
import { runSql, selectRows, until } from '../support/services.ts';

const password = 'a long sentence nobody guesses';
const another = 'violet umbrellas sing quietly';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe.each([true, false])('in Chromium, JavaScript %s', javaScriptEnabled => {
  let gatehouse: TestGatehouse;
  let email: string;
  let read = 0;
  beforeAll(async () => {
    gatehouse = await startTestGatehouse();
    email = `grace.${String(javaScriptEnabled)}@example.com`;
  });
  afterAll(() => gatehouse.close());

  async function visit(work: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ javaScriptEnabled });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
      // What is refused is 4xx, and the browser says so; policies that are broken are what this is about.
      if (message.type() === 'error' && !message.text().includes('status of 4'))
        complaints.push(message.text());
    });
    try {
      await work(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  /** The next one with this subject that arrives there. */
  async function mail(subject: string, address = email): Promise<ReceivedMail> {
    const { at, found } = await until(`"${subject}" arrives`, async () => {
      const all = await mailsTo(gatehouse, address);
      const index = all.findIndex(
        (each, nth) => nth >= (address === email ? read : 0) && each.subject.includes(subject),
      );
      return index === -1 ? undefined : { at: index, found: all[index] };
    });
    if (address === email) read = at + 1;
    if (found === undefined) throw new Error('it was found a moment ago');
    return found;
  }
  const linkIn = ({ text }: ReceivedMail, path: string) =>
    new RegExp(`https?:\\S+/${path}/\\S+`).exec(text)?.[0] ?? '';
  const codeIn = ({ text }: ReceivedMail) => /^\s*(\d{4} \d{4})$/m.exec(text)?.[1] ?? '';

  const toApp = async (page: Page) => {
    await page.goto(`${gatehouse.facts.sample_url}/sign-in`);
  };
  const atApp = (page: Page) => page.waitForSelector('#id-token-claims');
  const allow = async (page: Page) => {
    await page.waitForSelector('#allow, #id-token-claims');
    if ((await page.locator('#allow').count()) > 0) await page.click('#allow');
    await atApp(page);
  };

  async function signIn(page: Page, secret = password, identifier = email): Promise<void> {
    await toApp(page);
    await page.fill('#identifier', identifier);
    await page.click('#continue');
    await page.fill('#password', secret);
    await page.press('#password', 'Enter');
    await allow(page);
  }

  test('from an app: register, prove the address, and back at the app', () =>
    visit(async page => {
      await toApp(page);
      await page.click('#create-account');
      await page.fill('#email', email);
      await page.press('#email', 'Enter');
      await page.waitForSelector('#code');
      await page.fill('#code', codeIn(await mail('Your code')));
      await page.press('#code', 'Enter');
      await page.fill('#name', 'Grace Hopper');
      await page.fill('#password', password);
      await page.press('#password', 'Enter');
      await allow(page);
      expect(await page.textContent('#userinfo-email')).toBe(email);
    }));

  test('from an app: forgotten, reset by code, and back at the app', () =>
    visit(async page => {
      await toApp(page);
      await page.fill('#identifier', email);
      await page.click('#continue');
      await page.click('#forgot-password');
      await page.press('#email', 'Enter');
      await page.waitForSelector('#code');
      await page.fill('#code', codeIn(await mail('Reset your password')));
      await page.press('#code', 'Enter');
      await page.waitForSelector('#change-password');
      await page.fill('#password', another);
      await page.press('#password', 'Enter');
      await allow(page);
      expect(await page.textContent('#userinfo-email')).toBe(email);
    }));

  test('a picture that is uploaded is the picture that the app gets', () =>
    visit(async page => {
      await signIn(page, another);
      await page.goto(`${gatehouse.issuer}/account`);
      await page.click('a[href="/account/avatar"]');
      const buffer = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#a03060' } })
        .jpeg()
        .toBuffer();
      await page.setInputFiles('#picture', { name: 'me.jpg', mimeType: 'image/jpeg', buffer });
      await page.click('#save');
      await page.waitForSelector('#account-form');
      await page.goto(`${gatehouse.issuer}/account/avatar`);
      const src = await page.getAttribute('#avatar', 'src');
      expect(await page.evaluate('document.querySelector("#avatar").naturalWidth')).toBe(512);
      await until('the app gets it', async () => {
        await page.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=none`);
        await atApp(page);
        const [shown] = await page.locator('#userinfo-picture').allTextContents();
        return shown === `${gatehouse.issuer}${src}`;
      });
    }));

  test('a session that is ended elsewhere is dead within five seconds', () =>
    visit(async page => {
      await signIn(page, another);
      const context = await browser.newContext({ javaScriptEnabled });
      const elsewhere = await context.newPage();
      await signIn(elsewhere, another);
      await page.goto(`${gatehouse.issuer}/account`);
      const before = performance.now();
      await page.click('#end-others');
      await page.waitForSelector('#account-form');
      await elsewhere.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=none`);
      expect(await elsewhere.textContent('#error')).toBe('login_required');
      expect(performance.now() - before).toBeLessThan(5_000);
      await context.close();
      await page.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=none`);
      await atApp(page);
    }));

  test('the address changes when both ends agree, and the old one takes it back', () =>
    visit(async page => {
      const next = `new.${email}`;
      await signIn(page, another);
      await page.goto(`${gatehouse.issuer}/account/email`);
      await page.fill('#email', next);
      await page.click('#send');
      await page.waitForSelector('h1');
      for (const found of [await mail('Confirm', next), await mail('Another address')]) {
        await page.goto(linkIn(found, 'confirm-email'));
        await page.click('#confirm-form button.primary');
        await page.waitForSelector('h1');
      }
      await page.goto(`${gatehouse.issuer}/account`);
      expect(await page.textContent('main')).toContain(next);
      await page.goto(linkIn(await mail('has another address'), 'undo-email'));
      await page.click('#confirm-form button.primary');
      await page.waitForSelector('h1');
      // Somebody may have been in the account: everybody is out, and the way in is a new password.
      await page.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=none`);
      expect(await page.textContent('#error')).toBe('login_required');
      await page.goto(linkIn(await mail('Choose a new password'), 'recover'));
      await page.fill('#password', password);
      await page.press('#password', 'Enter');
      await page.waitForSelector('h1');
      await signIn(page);
      expect(await page.textContent('#userinfo-email')).toBe(email);
    }));

  test('a copy of everything is asked for, told of by mail, read and loaded', () =>
    visit(async page => {
      await signIn(page);
      await page.goto(`${gatehouse.issuer}/account/export`);
      await page.click('#ask');
      const found = await mail('copy of your data');
      await page.goto(/http\S+\/account\/export\b/.exec(found.text)?.[0] ?? '');
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click('#copies a[download]'),
      ]);
      expect(download.suggestedFilename()).toMatch(/^gatehouse-.*\.json$/);
      await page.click('#copies a:not([download])');
      expect(await page.textContent('main')).toContain('Grace Hopper');
    }));

  test('closed, taken back, closed again, and erased when the time is over', () =>
    visit(async page => {
      const close = async () => {
        await signIn(page);
        await page.goto(`${gatehouse.issuer}/account/close`);
        await page.check('#understood');
        await page.click('button[value="close"]');
        await page.waitForSelector('h1');
        await page.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=none`);
        expect(await page.textContent('#error')).toBe('login_required');
      };
      await close();
      await page.goto(linkIn(await mail('closed'), 'reopen'));
      await page.click('#confirm-form button.primary');
      await page.waitForSelector('h1');
      await close();
      await mail('closed');
      await runSql(
        gatehouse.databaseUrl,
        `UPDATE account SET closes_at = now() - interval '1 minute' WHERE email = '${email}'`,
      );
      const receipt = await mail('erased');
      await page.goto(linkIn(receipt, 'receipts'));
      await page.waitForSelector('#receipt');
      expect(
        await selectRows(gatehouse.databaseUrl, `SELECT 1 FROM account WHERE email = '${email}'`),
      ).toEqual([]);
      await toApp(page);
      await page.fill('#identifier', email);
      await page.click('#continue');
      await page.fill('#password', password);
      await page.press('#password', 'Enter');
      expect(await page.textContent('#password-problem')).toContain('not correct');
    }));
});
