import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { authenticatorApp } from '../support/authenticator-app.ts';
import { launchChromium } from '../support/chromium.ts';
import { forgetFactors } from '../support/forget-factors.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { runSql, selectRows, until } from '../support/services.ts';

let browser: Browser;
let gatehouse: TestGatehouse;
beforeAll(async () => {
  browser = await launchChromium();
  gatehouse = await startTestGatehouse();
});
afterAll(async () => {
  await browser.close();
  await gatehouse.close();
});
afterEach(async () => {
  vi.useRealTimers();
  await forgetFactors(gatehouse);
});

/** A device that keeps passkeys, beside the page (Web Authentication Level 3 section 11). */
interface Device {
  cdp: CDPSession;
  id: string;
  set(name: 'isUserVerified' | 'automaticPresenceSimulation', value: boolean): Promise<void>;
  count(): Promise<number>;
}

async function plugIn(
  page: Page,
  more: { isUserVerified?: boolean; automatic?: boolean } = {},
): Promise<Device> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: more.isUserVerified ?? true,
      automaticPresenceSimulation: more.automatic ?? true,
    },
  });
  return {
    cdp,
    id,
    async set(name, value) {
      if (name === 'isUserVerified') {
        await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: value });
      } else {
        await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: id, enabled: value });
      }
    },
    async count() {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id });
      return credentials.length;
    },
  };
}

async function visit(
  work: (page: Page, context: BrowserContext) => Promise<void>,
  options: { javaScriptEnabled?: boolean } = {},
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error' && !message.text().includes('status of 4'))
      complaints.push(message.text());
  });
  try {
    await work(page, context);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

const toApp = (page: Page) => page.goto(`${gatehouse.facts.sample_url}/sign-in?prompt=login`);
/** As in a browser that nobody is signed in to. */
const toAppAnew = async (page: Page) => {
  await page.context().clearCookies();
  await toApp(page);
};
const atApp = async (page: Page) => {
  await page.waitForSelector('#allow, #id-token-claims');
  if ((await page.locator('#allow').count()) > 0) await page.click('#allow');
  await page.waitForSelector('#id-token-claims');
};
const claims = (page: Page) => page.textContent('#id-token-claims');

async function enterPassword(page: Page): Promise<void> {
  const { email, password } = gatehouse.facts.account;
  await page.waitForSelector('#identifier, #password');
  if ((await page.locator('#identifier').count()) > 0) {
    await page.fill('#identifier', email);
    await page.click('#continue');
  }
  await page.fill('#password', password);
  await page.press('#password', 'Enter');
}

/** In the account, with a passkey made there. */
async function enrolPasskey(page: Page): Promise<void> {
  await page.goto(`${gatehouse.issuer}/account/factors/passkey`);
  await enterPassword(page);
  // Whoever has such a device is offered one on the way, and wants to make it in the account.
  await page.waitForSelector('#later, #enrol-passkey-form');
  if ((await page.locator('#later').count()) > 0) await page.click('#later');
  await page.waitForSelector('#back');
  await page.click('#use-passkey');
  await page.waitForSelector('#codes, #passkeys');
}

describe('a passkey, in Chromium', () => {
  test('made in the account, it signs in from the identifier field by itself', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      expect(await page.locator('#codes li').count()).toBe(10);
      expect(await device.count()).toBe(1);
      await toAppAnew(page);
      // Nobody presses anything: the browser answers for the list under the field.
      await atApp(page);
      expect(await claims(page)).toContain('urn:gatehouse:acr:phishing-resistant');
    }));

  test('signs in by its button, on the page for the identifier and on the one for the password', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await device.set('automaticPresenceSimulation', false);
      await toAppAnew(page);
      await page.waitForSelector('#use-passkey:visible');
      await device.set('automaticPresenceSimulation', true);
      await page.click('#use-passkey');
      await atApp(page);
      await device.set('automaticPresenceSimulation', false);
      await toAppAnew(page);
      await page.fill('#identifier', gatehouse.facts.account.email);
      await page.click('#continue');
      await page.waitForSelector('#password');
      await device.set('automaticPresenceSimulation', true);
      await page.click('#use-passkey');
      await atApp(page);
    }));

  test('is a second factor after the password; a tab beside it goes its own way', () =>
    visit(async (page, context) => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      const codes = await page.locator('#codes li').allTextContents();
      await device.set('automaticPresenceSimulation', false);
      await toAppAnew(page);
      await enterPassword(page);
      await page.waitForSelector('#challenge-form');
      const other = await context.newPage();
      other.setDefaultTimeout(10_000);
      await toApp(other);
      await enterPassword(other);
      await other.click('#use-recovery-code');
      await other.fill('#code', codes[0] ?? '');
      await other.press('#code', 'Enter');
      await atApp(other);
      await other.close();
      await device.set('automaticPresenceSimulation', true);
      await page.click('#use-passkey');
      // The sample application remembers one sign-in a browser; ours came back to it with its code.
      await page.waitForURL(url => url.searchParams.has('code'));
      expect(
        await selectRows(gatehouse.databaseUrl, 'SELECT 1 FROM passkey WHERE last_used_at IS NOT NULL'),
      ).toHaveLength(1);
    }));

  test('where the device does not check who holds it, it is no way in', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await device.set('isUserVerified', false);
      await device.set('automaticPresenceSimulation', false);
      await toAppAnew(page);
      await page.waitForSelector('#use-passkey:visible');
      await device.set('automaticPresenceSimulation', true);
      await page.click('#use-passkey');
      await page.waitForSelector('#passkey-failed:visible');
      expect(await page.locator('#identifier').count()).toBe(1);
    }));

  test('a copy of it, which counts from an earlier number, is refused', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await device.set('automaticPresenceSimulation', false);
      const signIn = async () => {
        await toAppAnew(page);
        await page.fill('#identifier', gatehouse.facts.account.email);
        await page.click('#continue');
        await page.waitForSelector('#password');
        await device.set('automaticPresenceSimulation', true);
        await page.click('#use-passkey');
      };
      await signIn();
      await atApp(page);
      await device.set('automaticPresenceSimulation', false);
      const { credentials } = await device.cdp.send('WebAuthn.getCredentials', {
        authenticatorId: device.id,
      });
      const [credential] = credentials;
      if (credential === undefined) throw new Error('the device has no passkey');
      await device.cdp.send('WebAuthn.clearCredentials', { authenticatorId: device.id });
      await device.cdp.send('WebAuthn.addCredential', {
        authenticatorId: device.id,
        credential: { ...credential, signCount: 0 },
      });
      await signIn();
      await page.waitForSelector('#passkey-problem');
      expect(await page.locator('#password').count()).toBe(1);
    }));

  test('is given to no other site', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await device.set('automaticPresenceSimulation', false);
      await toAppAnew(page);
      const options = await page.getAttribute('#passkey', 'data-passkey-request');
      await page.goto(`${gatehouse.issuer.replace('localhost', '127.0.0.1')}/gallery`);
      await device.set('automaticPresenceSimulation', true);
      const refused = await page.evaluate(`
        navigator.credentials
          .get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(${options ?? '{}'}) })
          .then(() => 'given', error => error.name)`);
      expect(refused).toBe('SecurityError');
    }));

  test('is not made twice on one device', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await page.goto(`${gatehouse.issuer}/account/factors/passkey`);
      await page.click('#use-passkey');
      await page.waitForSelector('#passkey-failed:visible');
      expect(await device.count()).toBe(1);
      expect(await selectRows(gatehouse.databaseUrl, 'SELECT 1 FROM passkey')).toHaveLength(1);
    }));

  test('removed in the account, it opens nothing, and the browser forgets it', () =>
    visit(async page => {
      const device = await plugIn(page);
      await enrolPasskey(page);
      await page.goto(`${gatehouse.issuer}/account/factors`);
      await page.click('#remove-passkey-0 button');
      await page.waitForSelector('#remove-passkey-0', { state: 'detached' });
      expect(await selectRows(gatehouse.databaseUrl, 'SELECT 1 FROM passkey')).toHaveLength(0);
      await until('the browser has forgotten it', async () => (await device.count()) === 0);
    }));

  test('is offered after a password on a device that could keep one: not now, never, and made', () =>
    visit(async page => {
      const device = await plugIn(page);
      await toAppAnew(page);
      await enterPassword(page);
      await page.click('#later');
      await atApp(page);
      await toAppAnew(page);
      await enterPassword(page);
      await atApp(page);
      await runSql(gatehouse.databaseUrl, 'DELETE FROM factor_reminder');
      await toAppAnew(page);
      await enterPassword(page);
      await page.waitForSelector('#never');
      await page.click('#use-passkey');
      await page.waitForSelector('#codes');
      await page.check('#saved');
      await page.click('#continue');
      await atApp(page);
      expect(await device.count()).toBe(1);
    }));
});

describe.each([true, false])('an authenticator app, JavaScript %s', javaScriptEnabled => {
  test('is set up by its key, asked for at the next sign-in, and a recovery code stands in for it', () =>
    visit(
      async page => {
        vi.useFakeTimers({ toFake: ['Date'] });
        await page.goto(`${gatehouse.issuer}/account/factors/totp`);
        await enterPassword(page);
        await page.waitForSelector('#totp-key');
        const app = authenticatorApp(((await page.textContent('#totp-key')) ?? '').replaceAll(' ', ''));
        await page.fill('#code', app.code());
        await page.press('#code', 'Enter');
        await page.waitForSelector('#codes');
        const codes = await page.locator('#codes li').allTextContents();
        expect(codes).toHaveLength(10);
        await toApp(page);
        await enterPassword(page);
        await page.waitForSelector('#challenge-form');
        vi.setSystemTime(Date.now() + 60_000);
        await page.fill('#code', app.code());
        await page.press('#code', 'Enter');
        await atApp(page);
        expect(await claims(page)).toContain('urn:gatehouse:acr:multi-factor');
        await toApp(page);
        await enterPassword(page);
        await page.click('#use-recovery-code');
        await page.fill('#code', codes[3] ?? '');
        await page.check('#trust');
        await page.click('#verify');
        await atApp(page);
        // Trusted now: the password is enough.
        await toApp(page);
        await enterPassword(page);
        await atApp(page);
        expect(await claims(page)).toContain('urn:gatehouse:acr:single-factor');
      },
      { javaScriptEnabled },
    ));
});
