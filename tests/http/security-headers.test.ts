import Koa from 'koa';
import { expect, test } from 'vitest';
import { listen, securityHeaders } from '../../src/http/index.ts';

async function headersOf(isHttps: boolean, paths: string[]): Promise<Headers[]> {
  const app = new Koa();
  app.use(securityHeaders({ isHttps, isForPrograms: path => path === '/token' }));
  app.use(ctx => {
    // A page that may do more says so itself.
    if (ctx.path === '/more') ctx.set('Content-Security-Policy', "form-action 'self' https://app.example");
    if (ctx.path === '/away') ctx.redirect('/');
    else ctx.body = ctx.path;
  });
  const listener = await listen(app.callback(), { port: 0, address: '127.0.0.1', setting: 'PORT' });
  const answers: Headers[] = [];
  for (const path of paths)
    answers.push((await fetch(`http://127.0.0.1:${listener.port}${path}`, { redirect: 'manual' })).headers);
  await listener.close(1);
  return answers;
}

const policy =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;form-action 'self';" +
  "frame-ancestors 'none';base-uri 'none';require-trusted-types-for 'script'";

test('every answer carries them, also a redirect', async () => {
  for (const headers of await headersOf(true, ['/', '/away'])) {
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': policy,
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    // Browser apps of other origins read the protocol endpoints.
    expect(headers.get('cross-origin-resource-policy')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  }
});

test('a page that is allowed more is allowed it alone', async () => {
  const [before, more, after] = await headersOf(true, ['/', '/more', '/']);
  expect(more?.get('content-security-policy')).toBe("form-action 'self' https://app.example");
  expect([before, after].map(headers => headers?.get('content-security-policy'))).toEqual([policy, policy]);
});

test('over plain http nobody is told to come by https from now on', async () => {
  const [headers] = await headersOf(false, ['/']);
  expect(headers?.get('strict-transport-security')).toBeNull();
  expect(headers?.get('content-security-policy')).toBe(policy);
});

test('what programs are answered is not to be shown, sniffed or framed, and carries nothing else', async () => {
  const [headers = new Headers()] = await headersOf(true, ['/token']);
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cross-origin-opener-policy')).toBeNull();
});
