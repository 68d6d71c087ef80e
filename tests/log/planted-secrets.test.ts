import { refreshTokenGrant } from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError, newSecret } from '../../src/kernel/index.ts';
import { createLogger, runInRequest } from '../../src/log/index.ts';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { RelyingParty } from '../support/relying-party.ts';
import { runSql } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

describe('a Gatehouse at work', () => {
  let gatehouse: TestGatehouse;
  beforeAll(async () => {
    gatehouse = await startTestGatehouse({ LOG_LEVEL: 'debug' });
  });
  afterAll(() => gatehouse.close());

  test('writes no secret and no personal data into its log, whatever is sent where', async () => {
    const { account, clients, issuer, sample_url: sample } = gatehouse.facts;
    const planted: Record<string, string> = {};
    const plant = (name: string) => (planted[name] = `planted-${name}-${newSecret()}`);
    const web = await RelyingParty.discover(
      issuer,
      clients['demo-web'] ?? { client_id: '' },
      `${sample}/callback`,
    );
    const agent = new UserAgent([sample]);

    // What really happens: a sign-in, tokens, a refresh, userinfo, wrong passwords, a sign-out.
    const { tokens, callback } = await web.signIn(agent, account, {
      params: { prompt: 'consent', scope: 'openid email offline_access' },
    });
    const refreshed = await refreshTokenGrant(web.config, tokens.refresh_token ?? '');
    const stranger = new UserAgent([sample]);
    const page = await stranger.submit(
      await stranger.open((await web.request({ login_hint: plant('hint') })).url),
      'identifier-form',
      {
        identifier: `${plant('person')}@example.com`,
      },
    );
    await stranger.submit(page, 'password-form', { password: plant('password') });

    // What goes wrong, with something to leak in every place.
    const post = (path: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
      fetch(issuer + path, { method: 'POST', body: new URLSearchParams(body), headers });
    await post('/token', {
      grant_type: 'authorization_code',
      code: plant('code'),
      client_id: 'demo-web',
      client_secret: plant('secret'),
      code_verifier: plant('verifier'),
      redirect_uri: `${sample}/callback`,
    });
    await post(
      '/token',
      { grant_type: 'refresh_token', refresh_token: plant('refresh') },
      { Authorization: `Basic ${btoa(`demo-web:${plant('basic')}`)}` },
    );
    await post('/token', { grant_type: plant('grant-type'), client_id: plant('client@example.com') });
    await fetch(`${issuer}/me`, {
      headers: { Authorization: `Bearer ${plant('bearer')}`, Cookie: `a=${plant('cookie')}` },
    });
    await fetch(
      `${issuer}/auth?client_id=demo-web&state=${plant('state')}&id_token_hint=${tokens.id_token}&redirect_uri=https://x.example/${plant('redirect')}`,
    );
    await fetch(`${issuer}/session/end?id_token_hint=eyJhbGciOiJub25lIn0.${plant('hint-token')}.x`);
    await fetch(`${issuer}/setup/${plant('setup')}`);
    await fetch(`${issuer}/interaction/${plant('uid')}`, { headers: { Accept: 'text/html' } });
    await fetch(`${issuer}/${plant('path')}`);
    await fetch(`${gatehouse.facts.management_url}/api/v1/me?x=${plant('query')}`, {
      headers: { Authorization: `Bearer ${tokens.id_token}` },
    });
    await runSql(gatehouse.databaseUrl, 'ALTER TABLE password_credential RENAME TO gone');
    const broken = new UserAgent([sample]);
    const withoutTable = await broken.submit(
      await broken.open((await web.request()).url),
      'identifier-form',
      { identifier: `${plant('unlucky')}@example.com` },
    );
    expect((await broken.submit(withoutTable, 'password-form', { password: plant('lost') })).status).toBe(
      500,
    );
    await runSql(gatehouse.databaseUrl, 'ALTER TABLE gone RENAME TO password_credential');

    const text = JSON.stringify(gatehouse.log);
    const cookies = Object.fromEntries(
      [agent, stranger].flatMap(({ cookies: kept }, index) =>
        [...kept].map(([name, { value }]) => [`${name} ${index}`, value]),
      ),
    );
    const secrets: Record<string, string> = {
      ...planted,
      email: account.email,
      rightPassword: account.password,
      clientSecret: clients['demo-web']?.client_secret ?? '',
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? '',
      nextRefreshToken: refreshed.refresh_token ?? '',
      idToken: tokens.id_token ?? '',
      code: new URL(callback).searchParams.get('code') ?? '',
      setupToken: gatehouse.setupUrl?.split('/').at(-1) ?? '',
      ...cookies,
    };
    expect(Object.keys(cookies).length).toBeGreaterThan(1);
    for (const [name, secret] of Object.entries(secrets)) {
      expect(secret.length, name).toBeGreaterThan(10);
      expect(
        text.includes(secret),
        `${name} in ${gatehouse.log.find(line => JSON.stringify(line).includes(secret))?.['event'] as string}`,
      ).toBe(false);
    }
    // Positive control: all of it was noticed.
    expect(gatehouse.log.filter(line => line['event'] === 'request.done').length).toBeGreaterThan(20);
    expect(gatehouse.log.some(line => line['event'] === 'request.failed')).toBe(true);
    expect(
      gatehouse.log.some(line => line['event'] === 'grant.error' && line['refusal'] === 'invalid_client'),
    ).toBe(true);
  });

  test('every line of a request carries the id that the answer carried', async () => {
    const response = await fetch(`${gatehouse.issuer}/auth?client_id=nobody`);
    const requestId = response.headers.get('x-request-id');
    const lines = gatehouse.log.filter(line => line['request_id'] === requestId);
    expect(lines.map(line => line['event'])).toEqual(['authorization.error', 'request.done']);
    expect(lines[1]).toMatchObject({ surface: 'public', method: 'GET', route: '/auth', status: 400 });
  });
});

describe('a log line', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: line => void lines.push(line) } });
  const written = (work: () => void): string => {
    lines.length = 0;
    work();
    return lines.join('');
  };

  test.each([
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl'],
    ['a mail address', 'ada@example.com'],
    ['credentials in a URL', 'postgresql://user:hunter2@db/x'.split('@')[0] + '@'],
    ['a query', '?code=abc&state=def'],
    ['a hash', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'],
    ['an opaque token', newSecret()],
  ])('hides %s in free text, in errors and in their causes', (_what, secret) => {
    const text = `before ${secret} after`;
    const error = new AppError('internal', text, {
      detail: text,
      cause: new Error(text, { cause: new Error(text) }),
    });
    const line = written(() => log.error({ err: error }, text));
    expect(line).not.toContain(secret);
    expect(line).toContain('before');
    expect(line).toContain('after');
  });

  test('hides fields by their names, down to two objects', () => {
    const line = written(() =>
      log.info({
        password: 'one',
        body: { client_secret: 'two', deep: { refresh_token: 'three' } },
        'set-cookie': 'four',
        kept: 'five',
      }),
    );
    for (const secret of ['one', 'two', 'three', 'four']) expect(line).not.toContain(`"${secret}"`);
    expect(line).toContain('"five"');
  });

  test('keeps ids, so that people can be helped', () => {
    const id = '019dba41-6c4e-7c3f-9a52-1f0f5a2d9b11';
    expect(written(() => runInRequest({ requestId: id }, () => log.info(`about ${id}`)))).toContain(
      `about ${id}`,
    );
    expect(written(() => log.error({ err: 'no error at all' }))).toContain('no error at all');
  });

  test('takes nothing from an error but what is named: databases put the values into theirs', () => {
    const error = Object.assign(new Error('duplicate key'), {
      detail: 'Key (email)=(ada) exists',
      parameters: ['hidden'],
      code: '23505',
    });
    const line = written(() => log.error({ err: error }));
    expect(line).toContain('23505');
    expect(line).not.toContain('hidden');
    expect(line).not.toContain('Key (email)');
  });
});
