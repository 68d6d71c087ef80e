import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/kernel/index.ts';
import { logoutQueue } from '../../src/sign-out/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import { type RpServer, startRpServer } from '../support/rp-server.ts';
import { runSql, selectRows, until } from '../support/services.ts';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { isSignedIn, signInTo, signOut } from './sign-out.ts';

const bye = 'https://rp.example/bye';

let rp: RpServer;
let op: OpUnderTest;
let client: TestClient;
let quiet: TestClient;
beforeAll(async () => {
  rp = await startRpServer();
  op = await startOp(rp.environment);
  client = await op.register({
    client_name: 'Lantern',
    backchannel_logout_uri: `${rp.url}/logout`,
    backchannel_logout_session_required: true,
    post_logout_redirect_uris: [bye],
  });
  quiet = await op.register({ client_name: 'Quiet', post_logout_redirect_uris: [bye] });
});
afterAll(async () => {
  await op.close();
  rp.close();
});
beforeEach(() => {
  rp.received.length = 0;
  rp.documents.clear();
});
afterEach(() => vi.useRealTimers());

const answer = (status: number) => () => ({ status });
const rows = () =>
  selectRows(
    op.gatehouse.databaseUrl,
    'SELECT status, attempts, last_error, client_id FROM backchannel_logout ORDER BY created_at DESC',
  );

async function verifyLogoutToken(body: string, audience = client.id) {
  const token = new URLSearchParams(body).get('logout_token') ?? '';
  const keys = (await (await fetch(String(op.metadata.jwks_uri))).json()) as JSONWebKeySet;
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    issuer: op.issuer,
    audience,
    typ: 'logout+jwt',
  });
  return { payload, header: decodeProtectedHeader(token) };
}

/** How many attempts to tell it have ended, well or not. */
const outcomesOf = ({ id }: TestClient) =>
  op.gatehouse.log.filter(
    line => line['client_id'] === id && String(line['event']).startsWith('backchannel_logout.'),
  ).length;

function moveClock(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now + seconds * 1000);
}

describe('OpenID Connect Back-Channel Logout 1.0', () => {
  test('oidcc-backchannel-logout-discovery-endpoint-verification: the document says so', () => {
    expect(op.metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: expect.stringMatching(new RegExp(`^${op.issuer}/`)) as string,
    });
  });

  test('oidcc-backchannel-rp-initiated-logout: the app gets a logout token for this session', async () => {
    rp.documents.set('/logout', answer(200));
    const agent = op.browser();
    const { idToken, sub, sid } = await signInTo(op, client, agent);
    const page = await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    expect(page.url).toBe(bye);
    await until('the app is told', () => Promise.resolve(rp.received.length === 1));
    const [request] = rp.received;
    expect(request).toMatchObject({ method: 'POST', path: '/logout' });
    expect(request?.headers['content-type']).toContain('application/x-www-form-urlencoded');
    const { payload } = await verifyLogoutToken(request?.body ?? '');
    expect(payload).toMatchObject({
      sub,
      sid,
      jti: expect.any(String) as string,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload).not.toHaveProperty('nonce');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120);
    await until('it is written down', async () => (await rows())[0]?.['status'] === 'delivered');
  });

  test('pairwise and signed otherwise: the token speaks of the person as this client knows them', async () => {
    rp.documents.set('/pairwise', answer(204));
    const pairwise = await op.register({
      subject_type: 'pairwise',
      id_token_signed_response_alg: 'ES256',
      backchannel_logout_uri: `${rp.url}/pairwise`,
    });
    const agent = op.browser();
    const { sub, idToken } = await signInTo(op, pairwise, agent);
    await signOut(op, agent, { id_token_hint: idToken });
    await until('the app is told', () => Promise.resolve(rp.received.length === 1));
    const { payload, header } = await verifyLogoutToken(rp.received[0]?.body ?? '', pairwise.id);
    expect(payload.sub).toBe(sub);
    expect(payload.sub).not.toBe((await signInTo(op, client, op.browser())).sub);
    expect(header.alg).toBe('ES256');
  });

  test('the page says which apps were told, which will be, and which cannot be', async () => {
    rp.documents.set('/logout', answer(200));
    rp.documents.set('/down', answer(503));
    const down = await op.register({ client_name: 'Down', backchannel_logout_uri: `${rp.url}/down` });
    const agent = op.browser();
    for (const app of [client, quiet, down]) await signInTo(op, app, agent);
    const page = await agent.submit(await signOut(op, agent), 'sign-out-form', { logout: 'yes' });
    const apps = [...page.text.matchAll(/<strong>([^<]*)<\/strong><span class="small">([^<]*)</g)];
    expect(Object.fromEntries(apps.map(([, name, text]) => [name, text]))).toEqual({
      Lantern: 'Told',
      Quiet: 'May still be signed in. Sign out there too.',
      Down: 'Will be told as soon as it can be reached',
    });
  });

  test('an app that fails is told again until it has heard, and then no more', async () => {
    let answers = 0;
    const before = outcomesOf(client);
    const outcomes = () => outcomesOf(client) - before;
    rp.documents.set('/logout', () => ({ status: (answers += 1) < 4 ? 500 : 200 }));
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    await until('the first attempt failed', () => Promise.resolve(outcomes() === 1));
    expect(await isSignedIn(op, client, agent)).toBe(false);
    const tokens = () => rp.received.filter(({ path }) => path === '/logout').map(({ body }) => body);
    for (const seconds of [6, 31, 301]) {
      const soFar = answers;
      moveClock(seconds);
      await until('it is told again', () => Promise.resolve(answers === soFar + 1));
      await until('it is written down', () => Promise.resolve(outcomes() === answers));
    }
    await until('it has heard', async () => (await rows())[0]?.['status'] === 'delivered');
    expect((await rows())[0]).toMatchObject({ attempts: 4, last_error: null });
    // Each attempt has a token of its own, which is still good when it arrives.
    expect(new Set(tokens()).size).toBe(4);
    moveClock(100_000);
    const queue = openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 1 });
    const due = await logoutQueue({ database: queue, clock: systemClock }).take(10);
    expect(due.filter(({ clientId }) => clientId === client.id)).toEqual([]);
    await queue.close();
  });

  test('an app that is away for ever ends as failed, and the log and the row say why', async () => {
    rp.documents.set('/logout', answer(410));
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    const failures = () =>
      op.gatehouse.log.filter(
        line => line['reason'] === '410' && String(line['event']).startsWith('backchannel_logout.'),
      ).length;
    for (let attempts = 1; attempts <= 8; attempts += 1) {
      await until('it was tried', () => Promise.resolve(failures() === attempts));
      moveClock(86_500);
    }
    expect((await rows())[0]).toMatchObject({ status: 'failed', attempts: 8, last_error: '410' });
    expect(op.gatehouse.log).toContainEqual(
      expect.objectContaining({ event: 'backchannel_logout.failed', client_id: client.id, reason: '410' }),
    );
  });

  test('a redirect is not followed, and counts as not heard', async () => {
    rp.documents.set('/logout', answer(302));
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    await until('it failed', async () => (await rows())[0]?.['last_error'] === 'redirected');
  });

  test('an app that was removed meanwhile, or is where we do not go, is not told, and the row says why', async () => {
    rp.documents.set('/logout', answer(500));
    const inside = await op.register({ backchannel_logout_uri: 'https://10.1.2.3/logout' });
    const agent = op.browser();
    const { idToken } = await signInTo(op, inside, agent);
    await signOut(op, agent, { id_token_hint: idToken });
    await until('it failed', async () => (await rows())[0]?.['last_error'] === 'address_refused');

    const doomed = await op.register({ backchannel_logout_uri: `${rp.url}/logout` });
    const second = op.browser();
    const tokens = await signInTo(op, doomed, second);
    await signOut(op, second, { id_token_hint: tokens.idToken });
    await until('it failed', async () => (await rows())[0]?.['last_error'] === '500');
    await runSql(op.gatehouse.databaseUrl, `DELETE FROM client WHERE id = '${doomed.id}'`);
    moveClock(10);
    await until('it is gone', async () => (await rows())[0]?.['last_error'] === 'client_gone');
  });

  test('other sessions of the same person and other browsers are left alone', async () => {
    rp.documents.set('/logout', answer(200));
    const [agent, elsewhere] = [op.browser(), op.browser()];
    const { idToken } = await signInTo(op, client, agent);
    await signInTo(op, client, elsewhere);
    await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    await until('the app is told', () => Promise.resolve(rp.received.length === 1));
    expect(await isSignedIn(op, client, elsewhere)).toBe(true);
    expect(rp.received).toHaveLength(1);
  });
});

describe('two processes and one queue', () => {
  test('each logout is taken by one of them, and taken over only from one that died', async () => {
    const databases = [1, 2].map(() => openDatabase({ url: op.gatehouse.databaseUrl, poolSize: 2 }));
    let nowMs = systemClock.now() + 10 * 365 * 24 * 3600 * 1000;
    const clock = { now: () => nowMs };
    const [one, two] = databases.map(database => logoutQueue({ database, clock }));
    if (one === undefined || two === undefined) throw new Error('two queues');
    await one.take(1000);
    nowMs += 61_000;
    await one.take(1000);
    for (let index = 0; index < 40; index += 1)
      await one.add({ clientId: 'nobody', accountId: 'ada', sid: String(index) });
    // Whoever adds makes the first attempt; nobody else does meanwhile.
    expect(await two.take(100)).toEqual([]);
    nowMs += 61_000;
    const taken = await Promise.all([one.take(30), two.take(30), one.take(30), two.take(30)]);
    const mine = taken.flat().filter(({ clientId }) => clientId === 'nobody');
    expect(mine).toHaveLength(40);
    expect(new Set(mine.map(({ id }) => id)).size).toBe(40);
    for (const logout of mine) await two.finish(logout);
    nowMs += 61_000;
    expect((await one.take(100)).filter(({ clientId }) => clientId === 'nobody')).toEqual([]);
    nowMs += 8 * 24 * 3600 * 1000;
    await one.removeOld();
    expect((await rows()).filter(row => row['client_id'] === 'nobody')).toEqual([]);
    await Promise.all(databases.map(database => database.close()));
  });
});
