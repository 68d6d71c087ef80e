import { createServer, request } from 'node:http';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics, listen, pinOrigin, requestLog, toAppError } from '../../src/http/index.ts';
import { AppError, StartupError, systemClock, unavailable } from '../../src/kernel/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { type OpUnderTest, startOp } from '../conformance/op-under-test.ts';
import { startTestGatehouse } from '../support/gatehouse.ts';
import { freePort } from '../support/services.ts';

const origin = { port: 0, address: '127.0.0.1', setting: 'PORT' };

describe('where we are', () => {
  let op: OpUnderTest;
  beforeAll(async () => {
    op = await startOp();
  });
  afterAll(() => op.close());

  /** Node's fetch does not let a test lie about Host. */
  const discovery = (headers: Record<string, string>) =>
    new Promise<string>((resolve, reject) => {
      request(`${op.issuer}/.well-known/openid-configuration`, { headers }, response => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
        .once('error', reject)
        .end();
    });

  test.each([
    [{ Host: 'evil.example' }],
    [{ 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' }],
    [{ Forwarded: 'host=evil.example;proto=https' }],
  ])('is what the settings say, whatever a request claims: %j', async headers => {
    const text = await discovery(headers);
    expect(text).not.toContain('evil');
    expect(text).toBe(await discovery({}));
    expect(JSON.parse(text)).toMatchObject({
      issuer: op.issuer,
      jwks_uri: `${op.issuer}/jwks`,
    });
  });

  /** What a page of `from` is told when it brings a code, and whether the browser lets it read that. */
  async function callFrom(from: string, client = 'demo-spa') {
    const answer = await fetch(`${op.issuer}/token`, {
      method: 'POST',
      headers: { Origin: from, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `client_id=${client}&grant_type=authorization_code&code=x&redirect_uri=http://localhost:5173/callback&code_verifier=x`,
    });
    const { error } = (await answer.json()) as { error: string };
    return { allowed: answer.headers.get('access-control-allow-origin'), error };
  }
  const refused = { allowed: null, error: 'invalid_request' };
  const taken = (from: string) => ({ allowed: from, error: 'invalid_grant' });

  test('browser apps may call the token endpoint from where they receive codes, and from nowhere else', async () => {
    expect(await callFrom('http://localhost:5173')).toEqual(taken('http://localhost:5173'));
    expect(await callFrom('https://evil.example')).toEqual(refused);
  });

  test('the scheme of a native app is no origin: sandboxed frames, which are all called null, stay outside', async () => {
    const metadata = { application_type: 'native', token_endpoint_auth_method: 'none' };
    const redirect_uris = ['com.lantern:/callback', 'https://lantern.example/callback'];
    const { id } = await op.register({ ...metadata, redirect_uris });
    expect(await callFrom('null', id)).toEqual(refused);
    expect(await callFrom('https://lantern.example', id)).toEqual(taken('https://lantern.example'));
  });

  test('pages that are elsewhere than the redirect URIs call from the origins that were registered', async () => {
    const allowed_origins = ['https://pages.example', 'http://localhost:8000'];
    const { id } = await op.register({ token_endpoint_auth_method: 'none', allowed_origins });
    for (const from of [...allowed_origins, 'https://rp.example']) {
      expect(await callFrom(from, id)).toEqual(taken(from));
    }
    for (const from of ['https://pages.example.evil.example', 'http://pages.example', 'null']) {
      expect(await callFrom(from, id)).toEqual(refused);
    }
  });
});

test('at an issuer on the usual port cookies carry no port, and a client without addresses has no origin', async () => {
  const port = await freePort();
  const gatehouse = await startTestGatehouse({
    ISSUER: 'http://localhost',
    PORT: String(port),
    SMTP_URL: `smtp://127.0.0.1:${port}`,
  });
  const page = await fetch(`http://127.0.0.1:${port}/device`);
  expect(page.headers.getSetCookie()[0]).toMatch(/^gatehouse_session=/);
  const answer = await fetch(`http://127.0.0.1:${port}/token`, {
    method: 'POST',
    headers: { Origin: 'http://localhost:5173', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: 'client_id=demo-device&grant_type=refresh_token&refresh_token=x',
  });
  expect(answer.status).toBe(400);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  await gatehouse.close();
});

describe('who is asking', () => {
  const address = async (trustedProxies: string[], forwardedFor?: string) => {
    const app = new Koa();
    const log = createLogger({ level: 'silent', destination: { write: () => {} } });
    pinOrigin(app, { issuer: 'https://id.example.com', trustedProxies, log });
    app.use(ctx => {
      ctx.body = `${ctx.ip} ${ctx.origin} ${ctx.secure}`;
    });
    const listener = await listen(app.callback(), origin);
    const headers: Record<string, string> =
      forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor };
    const text = await (await fetch(`http://127.0.0.1:${listener.port}`, { headers })).text();
    await listener.close(1);
    return text;
  };

  test.each([
    ['nobody is trusted', [], '203.0.113.9', '127.0.0.1'],
    ['the proxy is trusted', ['127.0.0.1'], '203.0.113.9', '203.0.113.9'],
    ['two hops are trusted', ['127.0.0.0/8', '10.0.0.0/8'], '203.0.113.9, 10.1.2.3', '203.0.113.9'],
    [
      'what stands before the first stranger is his invention',
      ['127.0.0.1'],
      '1.1.1.1, 203.0.113.9',
      '203.0.113.9',
    ],
    ['nonsense is not an address', ['127.0.0.1'], '203.0.113.9, nonsense', '127.0.0.1'],
    ['IPv6', ['127.0.0.1', 'fd00::/8'], '2001:db8::1, fd00::5', '2001:db8::1'],
  ])('%s', async (_what, trusted, forwardedFor, expected) => {
    expect(await address(trusted, forwardedFor)).toBe(`${expected} https://id.example.com true`);
  });
});

describe('errors', () => {
  test.each([
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [413, 'payload_too_large'],
    [415, 'unsupported_media_type'],
    [400, 'invalid_request'],
    [500, 'internal'],
  ])('an error of status %i becomes %s', (status, code) => {
    expect(toAppError(Object.assign(new Error('x'), { status })).code).toBe(code);
  });

  test('what the provider wrapped is found again; what is no error at all is internal', () => {
    const cause = unavailable('a store', new Error('x'));
    expect(toAppError(new Error('wrapped', { cause }))).toBe(cause);
    expect(toAppError('a string').code).toBe('internal');
  });

  test('an unexpected one is answered without its text, and logged with it', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: line => void lines.push(line) } });
    const app = new Koa();
    app.use(
      requestLog({
        log,
        clock: systemClock,
        surface: 'test',
        observe: createMetrics().observeRequest,
        renderError: (ctx, error) => {
          ctx.body = error.message;
        },
      }),
    );
    app.use(ctx => {
      if (ctx.path === '/busy') throw new AppError('overloaded', 'busy', { retryAfterSeconds: 7 });
      throw new Error('the database says: no such column');
    });
    const listener = await listen(app.callback(), origin);
    const response = await fetch(`http://127.0.0.1:${listener.port}/x`);
    expect([response.status, await response.text()]).toEqual([500, 'Something went wrong on our side.']);
    expect(lines.join('')).toContain('no such column');
    const busy = await fetch(`http://127.0.0.1:${listener.port}/busy`);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '7']);
    await listener.close(1);
  });
});

describe('a port that cannot be opened', () => {
  test.each([
    ['is in use', { address: '127.0.0.1' }, 'another program is using it'],
    ['has no address that anybody knows', { address: 'nowhere.invalid' }, 'Change it with PORT.'],
    ['belongs to another machine', { address: '203.0.113.77' }, 'Correct BIND_ADDRESS'],
  ])('because it %s: one sentence', async (_what, { address }, message) => {
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const attempt = listen(() => {}, { port, address, setting: 'PORT' });
    await expect(attempt).rejects.toThrow(StartupError);
    await expect(attempt).rejects.toThrow(message);
    other.close();
  });
});
