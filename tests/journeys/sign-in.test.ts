import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startCluster } from '../support/cluster.ts';
import { startTestGatehouse } from '../support/gatehouse.ts';
import type { Person } from '../support/relying-party.ts';
import { type RedisServer, startRedis } from '../support/services.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

interface Place {
  issuer: string;
  sampleUrl: string;
  account: Person;
  close(): Promise<void>;
}

async function onePlace(redisUrl: string | undefined): Promise<Place> {
  const gatehouse = await startTestGatehouse(redisUrl === undefined ? {} : { REDIS_URL: redisUrl });
  return { ...gatehouse, sampleUrl: gatehouse.facts.sample_url, account: gatehouse.facts.account };
}

async function twoProcesses(redisUrl: string | undefined): Promise<Place> {
  const cluster = await startCluster({ redisUrl });
  return { ...cluster, sampleUrl: cluster.sample.url };
}

describe.each([
  { where: 'one process', start: onePlace, driver: 'redis', javaScriptEnabled: true },
  { where: 'one process', start: onePlace, driver: 'redis', javaScriptEnabled: false },
  { where: 'one process', start: onePlace, driver: 'postgres', javaScriptEnabled: true },
  { where: 'one process', start: onePlace, driver: 'postgres', javaScriptEnabled: false },
  { where: 'two processes', start: twoProcesses, driver: 'redis', javaScriptEnabled: true },
  { where: 'two processes', start: twoProcesses, driver: 'redis', javaScriptEnabled: false },
  { where: 'two processes', start: twoProcesses, driver: 'postgres', javaScriptEnabled: true },
  { where: 'two processes', start: twoProcesses, driver: 'postgres', javaScriptEnabled: false },
])(
  'in Chromium: $where, $driver driver, JavaScript $javaScriptEnabled',
  ({ start, driver, javaScriptEnabled }) => {
    let redis: RedisServer | undefined;
    let place: Place;

    beforeAll(async () => {
      redis = driver === 'redis' ? await startRedis() : undefined;
      place = await start(redis?.url);
    });
    afterAll(async () => {
      await place.close();
      await redis?.stop();
    });

    /** A page of a browser of its own; what its console complains about fails the test. */
    async function visit(work: (page: Page, complaints: string[]) => Promise<void>): Promise<void> {
      const context = await browser.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', message => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', error => complaints.push(error.message));
      try {
        await work(page, complaints);
      } finally {
        await context.close();
      }
    }

    async function signIn(page: Page): Promise<void> {
      const { email, password } = place.account;
      await page.goto(place.sampleUrl);
      await page.click('#sign-in');
      await page.fill('#identifier', email);
      await page.click('#continue');
      await page.fill('#password', password);
      await page.press('#password', 'Enter');
      await page.click('#allow');
      await page.waitForSelector('#id-token-claims');
    }

    test('the whole visit: sign in, profile, refresh, API, silent sign-in, sign in again, sign out', () =>
      visit(async (page, complaints) => {
        await signIn(page);
        expect(await page.textContent('#userinfo-email')).toBe(place.account.email);
        expect(await page.textContent('#id-token-claims-iss')).toBe(place.issuer);
        const subject = await page.textContent('#id-token-claims-sub');

        await page.click('#refresh');
        expect(await page.textContent('#refresh-count')).toBe('1');
        const [before, after] = await page.locator('#refreshes code').allTextContents();
        expect(after).not.toBe(before);

        await page.click('#call-api');
        expect(await page.textContent('#api-answer-verified')).toBe('true');
        expect(await page.textContent('#api-answer-audience')).toBe('https://notes.example/api');

        await page.click('#silent');
        await page.waitForSelector('#id-token-claims');
        expect(await page.textContent('#id-token-claims-sub')).toBe(subject);

        await page.click('#sign-in-again');
        await page.fill('#password', place.account.password);
        await page.click('#sign-in');
        await page.waitForSelector('#id-token-claims');

        // Neither of the two brought a refresh token; the one from before still works.
        await page.click('#call-api');
        expect(await page.textContent('#api-answer-verified')).toBe('true');

        await page.click('#sign-out');
        // Without JavaScript the page that confirms for the person needs one press.
        if (!javaScriptEnabled) await page.click('#continue');
        await page.waitForSelector('#signed-out');
        await page.goto(`${place.sampleUrl}/sign-in?prompt=none`);
        expect(await page.textContent('#error')).toBe('login_required');
        expect(complaints.filter(text => !text.includes('400'))).toEqual([]);
      }));

    test('a wrong password is said, the field is focused first, and the right one still works', () =>
      visit(async page => {
        const { email, password } = place.account;
        await page.goto(`${place.sampleUrl}/sign-in`);
        await page.fill('#identifier', email);
        await page.press('#identifier', 'Enter');
        await page.fill('#password', 'wrong');
        await page.click('#sign-in');
        expect(await page.textContent('.summary')).toContain('The email or password is not correct.');
        expect(await page.inputValue('#password')).toBe('');
        if (javaScriptEnabled) {
          expect(await page.evaluate('document.activeElement.className')).toBe('summary');
          await page.fill('#password', password);
          await page.click('#show-password');
          expect(await page.getAttribute('#password', 'type')).toBe('text');
        } else {
          expect(await page.isVisible('#show-password')).toBe(false);
          await page.fill('#password', password);
        }
        await page.press('#password', 'Enter');
        await page.click('#allow');
        await page.waitForSelector('#id-token-claims');
      }));

    test('Cancel leads back to the app, which is told', () =>
      visit(async page => {
        await page.goto(`${place.sampleUrl}/sign-in`);
        await page.click('#cancel');
        await page.waitForSelector('#error');
        expect(await page.textContent('#error')).toBe('access_denied');
      }));

    test('an answer by form_post arrives', () =>
      visit(async page => {
        await page.goto(`${place.sampleUrl}/sign-in?response_mode=form_post&prompt=none`);
        if (!javaScriptEnabled) await page.click('#continue');
        // The sample takes answers by GET only; that it was reached by POST with the answer is what counts.
        await page.waitForURL(`${place.sampleUrl}/callback`);
      }));
  },
);
