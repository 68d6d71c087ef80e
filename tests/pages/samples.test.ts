import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';

let browser: Browser;
let gatehouse: TestGatehouse;
let samples: string[];

beforeAll(async () => {
  [browser, gatehouse] = await Promise.all([launchChromium(), startTestGatehouse()]);
  const gallery = await (await fetch(`${gatehouse.issuer}/gallery`)).text();
  samples = [...gallery.matchAll(/href="([^"]+)"/g)].map(([, url = '']) => url);
});
afterAll(async () => {
  await browser.close();
  await gatehouse.close();
});

describe('every sample of every view', () => {
  test('there is one for each view', () => {
    const views = readdirSync('views')
      .filter(name => name.endsWith('.hbs'))
      .map(name => name.replace('.hbs', ''));
    expect(new Set(samples.map(url => url.split('/')[2]))).toEqual(new Set([...views, 'mail']));
  });

  test.each([
    { colorScheme: 'light', width: 1280, lang: 'en' },
    { colorScheme: 'dark', width: 320, lang: 'de' },
    { colorScheme: 'light', width: 320, lang: 'ar' },
  ] as const)(
    'has nothing for axe to find and fits: $colorScheme, $width wide, $lang',
    async ({ colorScheme, width, lang }) => {
      const context = await browser.newContext({
        colorScheme,
        locale: lang,
        viewport: { width, height: 800 },
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', message => complaints.push(`${page.url()}: ${message.text()}`));
      page.on('requestfailed', request => {
        // The next sample is opened while the browser still fetches the icon of this one.
        const { errorText = '' } = request.failure() ?? {};
        if (errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()}: ${errorText}`);
      });
      for (const url of samples) {
        await page.goto(gatehouse.issuer + url);
        // Without frames there is no need for the second page that axe opens otherwise, which takes most of the time.
        const { violations } = await new AxeBuilder({ page })
          .setLegacyMode()
          .options({ resultTypes: ['violations'] })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .analyze();
        expect(violations.map(({ id, nodes }) => [url, id, nodes.map(node => node.html)])).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth'), url).toBeLessThanOrEqual(width);
        expect(await page.getAttribute('html', 'dir')).toBe(lang === 'ar' ? 'rtl' : 'ltr');
      }
      expect(complaints).toEqual([]);
      await context.close();
    },
    300_000,
  );

  test('targets are 44 px high or lie in a line of text', async () => {
    const page = await browser.newPage();
    for (const url of samples) {
      await page.goto(gatehouse.issuer + url);
      const low = await page.evaluate<string[]>(
        `[...document.querySelectorAll('main button, main input:not([type=checkbox]), main label.row')]
          .filter(element => element.checkVisibility() && !element.matches('.away, [type=hidden]'))
          .filter(element => element.getBoundingClientRect().height < 44)
          .map(element => element.outerHTML)`,
      );
      expect(low, url).toEqual([]);
    }
    await page.close();
  }, 60_000);
});

test('the gallery says where there is nothing, and browsers that ask for favicon.ico get ours', async () => {
  expect((await fetch(`${gatehouse.issuer}/gallery/identifier/nothing`)).status).toBe(404);
  expect((await fetch(`${gatehouse.issuer}/gallery/nothing/nothing`)).status).toBe(404);
  expect((await fetch(`${gatehouse.issuer}/favicon.ico`)).headers.get('content-type')).toBe('image/svg+xml');
});

describe('a first visit', () => {
  test('weighs less than 40 KB compressed, with everything it needs', async () => {
    const page = await (await fetch(`${gatehouse.issuer}/gallery/identifier/for%20an%20app`)).text();
    const files = [...page.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, url = '']) => url);
    expect(files).toHaveLength(5);
    let bytes = brotliCompressSync(page).length;
    for (const url of files) {
      const response = await fetch(gatehouse.issuer + url, { headers: { 'Accept-Encoding': 'br' } });
      expect(response.headers.get('cache-control')).toContain('immutable');
      bytes += Number(response.headers.get('content-length'));
    }
    expect(bytes).toBeLessThan(40_000);
    expect(bytes).toBeGreaterThan(1_000);
  });

  test.each(['br', 'gzip', 'identity'])('static files are served in %s, to HEAD as well', async encoding => {
    const page = await (await fetch(`${gatehouse.issuer}/gallery/leave/onward`)).text();
    const url = gatehouse.issuer + (/href="(\/assets\/[^"]+css)"/.exec(page)?.[1] ?? '');
    const response = await fetch(url, { headers: { 'Accept-Encoding': encoding } });
    expect(await response.text()).toContain('--accent');
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('languages', () => {
  test('have the same messages, with the same places for values', () => {
    const read = (file: string) =>
      JSON.parse(readFileSync(`config/locales/${file}`, 'utf8')) as Record<string, string>;
    const places = (text = '') => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
    const english = read('en.json');
    for (const file of readdirSync('config/locales')) {
      const messages = read(file);
      expect(Object.keys(messages), file).toEqual(Object.keys(english));
      for (const [key, text] of Object.entries(english)) {
        expect(places(messages[key]), `${file} ${key}`).toEqual(places(text));
      }
    }
  });

  test('have no message that nothing uses', () => {
    const sources = ['src', 'views'].flatMap(folder =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(ts|hbs)$/.test(name) && !name.includes('generated'))
        .map(name => readFileSync(`${folder}/${name}`, 'utf8')),
    );
    const text = sources.join('\n');
    const composed =
      /^(activity\.|account\.(no-)?second-factor$|challenge\.(title|lead|instead)\.|enrol\.instead\.|(passkey|totp|recovery-code)\.(wrong|missing|unknown|unverified|copied|kind|taken)$|avatar\.|scope|mail|profile|export\.(part|field|kind)\.|new-password|profile|(set-up\.(done|dead)|device\.(done|cancelled)|approve\.(done|denied|over|left|unmet)|(register|recover|reopen|not-me|confirm-email|undo-email|unlock|reset-factors)\.done|confirm-email\.half|link\.over|reset-password\.because|preferences\.theme|account\.(left|export-asked|closing|deactivated|email-asked))-|(not-me|confirm-email|undo-email|unlock|reset-factors)\.(title|text|submit)$)/;
    const unused = Object.keys(JSON.parse(readFileSync('config/locales/en.json', 'utf8')) as object).filter(
      key => !text.includes(key) && !composed.test(key),
    );
    expect(unused).toEqual([]);
  });
});
