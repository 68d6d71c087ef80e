import { assert, constantFrom, integer, property } from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { accentOf, contrast } from '../../src/pages/brand/accent.ts';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { launchChromium } from '../support/chromium.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let rp: RpServer;
let op: OpUnderTest;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp({ ...rp.environment, DANGEROUSLY_OPEN_REGISTRATION: 'true' });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
beforeEach(() => {
  rp.received.length = 0;
});

const logoOf = (clientId: string) => fetch(`${op.issuer}/brand/logo/${encodeURIComponent(clientId)}`);

function addressOf(clientId: string): string {
  const url = new URL(op.metadata.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: 'https://rp.example/callback',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }).toString();
  return url.href;
}

const firstPage = async (clientId: string) => (await op.browser().open(addressOf(clientId))).text;

describe('a logo', () => {
  test('is fetched once and comes from our own address, so that the app learns nothing of who looks', async () => {
    rp.documents.set('/logo', png);
    const client = await op.register({ client_name: 'Lantern', logo_uri: `${rp.url}/logo` });
    const page = await firstPage(client.id);
    expect(page).toContain(`src="/brand/logo/${client.id}"`);
    expect(page).not.toContain(rp.url);
    const answers = await Promise.all(Array.from({ length: 5 }, () => logoOf(client.id)));
    for (const answer of answers) {
      expect(answer.headers.get('content-type')).toBe('image/png');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(png);
    }
    expect(rp.received).toHaveLength(1);
    expect(rp.received[0]?.headers).not.toHaveProperty('cookie');
  });

  test.each([
    ['carries script', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['is a page', '<!doctype html><script>alert(1)</script>'],
    ['is too large', Buffer.concat([png, Buffer.alloc(128 * 1024)])],
    ['is not there', undefined],
    ['fails', () => ({ status: 500, body: png })],
    ['is elsewhere', () => ({ status: 302, body: '' })],
  ])('that %s is replaced by the first letter of the name', async (what, document) => {
    const path = `/${encodeURIComponent(what)}`;
    if (document !== undefined) rp.documents.set(path, document);
    const client = await op.register({ client_name: '<& Söhne', logo_uri: `${rp.url}${path}` });
    const answer = await logoOf(client.id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch('image/svg+xml');
    const text = await answer.text();
    expect(text).toContain('>&#60;</text>');
    expect(text).not.toContain('script');
  });

  test('on a private address is not fetched', async () => {
    const client = await op.register({ client_name: 'Inside', logo_uri: 'https://127.0.0.1:9/logo.png' });
    expect((await logoOf(client.id)).headers.get('content-type')).toMatch('image/svg+xml');
    expect(op.gatehouse.log).toContainEqual(
      expect.objectContaining({ event: 'outgoing.failed', host: '127.0.0.1:9' }),
    );
  });

  test('of nobody, or of a client that has none, is not found', async () => {
    expect((await logoOf('nobody')).status).toBe(404);
    const client = await op.register({ client_name: 'Plain' });
    expect((await logoOf(client.id)).status).toBe(404);
    expect(await firstPage(client.id)).not.toContain('/brand/');
    expect(rp.received).toEqual([]);
  });
});

describe('a colour', () => {
  test('can be read on every page, whatever it is', () => {
    const channel = integer({ min: 0, max: 255 });
    assert(
      property(channel, channel, channel, constantFrom('light', 'dark'), (r, g, b, scheme) => {
        const color = `#${[r, g, b].map(value => value.toString(16).padStart(2, '0')).join('')}`;
        const { accent, accentStrong, onAccent, tint } = accentOf(color, scheme);
        const [ground, surface, ink] =
          scheme === 'light' ? ['#f4f5f2', '#fffffe', '#171b1a'] : ['#0f1312', '#181d1c', '#eaeeec'];
        for (const [text, on] of [
          [accent, ground],
          [accent, surface],
          [accent, tint],
          [onAccent, accent],
          [onAccent, accentStrong],
          [ink, tint],
        ] as const) {
          expect(contrast(text, on), `${text} on ${on}`).toBeGreaterThanOrEqual(4.5);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('that can be read stays what it is', () => {
    expect(accentOf('#0C5A4D', 'light').accent).toBe('#0c5a4d');
  });

  test('is what a browser shows, light and dark', async () => {
    const client = await op.register({ client_name: 'Lantern', brand_color: '#F59E0B' });
    expect(await firstPage(client.id)).toContain('href="/brand/accent/f59e0b.css"');
    const browser = await launchChromium();
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme });
      await page.goto(addressOf(client.id));
      const shown = await page.evaluate(
        `getComputedStyle(document.querySelector('.button.primary')).backgroundColor`,
      );
      const wanted = accentOf('#f59e0b', colorScheme).accent;
      const rgb = [1, 3, 5].map(at => Number.parseInt(wanted.slice(at, at + 2), 16)).join(', ');
      expect(shown).toBe(`rgb(${rgb})`);
    }
    await browser.close();
  });

  test.each(['red', '#fff', '#0c5a4d;}body{display:none', 7])(
    '%s is none, and the registration is refused',
    async brand_color => {
      const register = (metadata: object) =>
        fetch(op.metadata.registration_endpoint ?? '', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ redirect_uris: ['https://rp.example/callback'], ...metadata }),
        });
      const refused = await register({ brand_color });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: 'invalid_client_metadata',
        error_description: 'brand_color must be a colour such as #0c5a4d',
      });
      expect((await register({ brand_color: '#0c5a4d' })).status).toBe(201);
    },
  );

  test('an address that names none is not found', async () => {
    expect((await fetch(`${op.issuer}/brand/accent/red.css`)).status).toBe(404);
  });
});
