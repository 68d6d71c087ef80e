import { connect } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumPath, until } from '../support/services.ts';
import { startApi, type TestApi } from './start-api.ts';

let api: TestApi;
let browser: Browser;
beforeAll(async () => {
  api = await startApi();
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await api.close();
});

test('Swagger UI shows the operations, and asks nobody but this server', async () => {
  const page = await browser.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', request => requests.push(request.url()));
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(error.message));
  await page.addInitScript({
    content:
      "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + event.blockedURI))",
  });

  await page.goto(api.url);
  expect(page.url()).toBe(`${api.url}/api/docs`);
  await page.getByRole('heading', { name: /Gatehouse management API/ }).waitFor();
  const operation = page.getByRole('button', { name: 'GET /api/v1/me' });
  await operation.first().click();
  await page.getByText('The caller.').waitFor();

  // With a token it can also be tried out.
  await page.getByRole('button', { name: 'Authorize' }).first().click();
  await page.getByLabel('auth-bearer-value').fill(await api.token());
  await page.getByRole('button', { name: 'Apply credentials' }).click();
  await page.getByRole('button', { name: 'Close' }).first().click();
  await page.getByRole('button', { name: 'Try it out' }).click();
  await page.getByRole('button', { name: 'Execute' }).click();
  await page.getByText('"client_id": "night-watch"').first().waitFor();

  expect(requests.map(url => url.replace(api.url, '')).sort()).toEqual([
    '/',
    '/api/docs',
    '/api/docs/start.js',
    '/api/docs/swagger-ui-bundle.js',
    '/api/docs/swagger-ui.css',
    '/api/openapi.json',
    '/api/v1/me',
  ]);
  expect(complaints).toEqual([]);

  // The positive control: the policy holds, and a breach of it would have been noticed.
  await page.evaluate("document.body.append(Object.assign(document.createElement('script'), { text: 'x' }))");
  await until('the breach is reported', () => complaints.some(text => text.startsWith('CSP: inline')));
  await page.close();
});

test('the page may load from its own origin and from nowhere else', async () => {
  const page = await api.get('/api/docs');
  expect(page.headers.get('Content-Security-Policy')).toBe(
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self' data:;connect-src 'self';form-action 'none';frame-ancestors 'none';base-uri 'none'",
  );
  expect(await page.text()).not.toMatch(/<script>|<style>| on\w+=| style=|https?:/);
  const start = await api.get('/api/docs/start.js');
  expect(start.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
});

test('of the Swagger UI package, only what the page uses is served', async () => {
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    expect((await api.get(`/api/docs/${name}`)).status, name).toBe(200);
  }
  for (const name of [
    'index.html',
    'package.json',
    'swagger-ui.js',
    'oauth2-redirect.html',
    '..%2fpackage.json',
    '',
  ]) {
    expect((await api.get(`/api/docs/${name}`)).status, name).toBe(404);
  }
  expect((await api.get('/api/docs', undefined, { method: 'POST' })).status).toBe(405);
  expect(api.observed).toContainEqual({ route: '/api/docs', status: 200 });
});

test('a reader who hangs up half way does no harm', async () => {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.write('GET /api/docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise(resolve => socket.once('data', resolve));
  socket.resetAndDestroy();
  await until('it is in the log', () => api.logged().includes('"event":"response.broken"'));
  expect((await api.get('/api/docs')).status).toBe(200);
});
