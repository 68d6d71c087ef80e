import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type OpUnderTest, startOp, type TestClient } from './op-under-test.ts';
import { isSignedIn, signInTo, signOut } from './sign-out.ts';

const bye = 'https://rp.example/bye';

let op: OpUnderTest;
let client: TestClient;
beforeAll(async () => {
  op = await startOp();
  client = await op.register({ client_name: 'Lantern', post_logout_redirect_uris: [bye] });
});
afterAll(() => op.close());
afterEach(() => vi.useRealTimers());

describe('OpenID Connect RP-Initiated Logout 1.0', () => {
  test('oidcc-rp-initiated-logout-discovery-endpoint-verification: the document says where', async () => {
    const endpoint = new URL(String(op.metadata.end_session_endpoint));
    expect(endpoint.origin).toBe(op.issuer);
    expect((await op.browser().open(endpoint.href)).status).toBe(200);
  });

  test('oidcc-rp-initiated-logout: the hint names the session, nothing is asked, state comes back', async () => {
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    const state = 'a state with <odd> & "strange" characters ✓';
    const page = await signOut(op, agent, {
      id_token_hint: idToken,
      post_logout_redirect_uri: bye,
      state,
    });
    expect(page.url.startsWith(bye)).toBe(true);
    expect(new URL(page.url).searchParams.get('state')).toBe(state);
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('oidcc-rp-initiated-logout-no-state', async () => {
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    const page = await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    expect(page.url).toBe(bye);
  });

  test('an expired hint is as good: it names a session that may be older than an ID token lives', async () => {
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now + 2 * 60 * 60 * 1000);
    const page = await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    expect(page.url).toBe(bye);
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('oidcc-rp-initiated-logout-no-id-token-hint: the person is asked, and may stay', async () => {
    const agent = op.browser();
    await signInTo(op, client, agent);
    const asked = { client_id: client.id, post_logout_redirect_uri: bye };
    const page = await signOut(op, agent, asked);
    expect(page.text).toContain('Lantern asks to sign you out');
    expect(await isSignedIn(op, client, agent)).toBe(true);
    const out = await agent.submit(await signOut(op, agent, asked), 'sign-out-form', { logout: 'yes' });
    expect(out.url).toBe(bye);
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('oidcc-rp-initiated-logout-no-params: ends on a page of ours that names the apps', async () => {
    const agent = op.browser();
    await signInTo(op, client, agent);
    const page = await agent.submit(await signOut(op, agent), 'sign-out-form', { logout: 'yes' });
    expect(page.text).toContain('You are signed out');
    expect(page.text).toContain('Lantern');
    expect(page.text).toContain('May still be signed in');
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('oidcc-rp-initiated-logout-no-post-logout-redirect-uri: signed out at once, and on a page of ours', async () => {
    const agent = op.browser();
    const { idToken } = await signInTo(op, client, agent);
    const page = await signOut(op, agent, { id_token_hint: idToken, state: 'x' });
    expect(page.url.startsWith(op.issuer)).toBe(true);
    expect(page.text).toContain('You are signed out');
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  test('oidcc-rp-initiated-logout-only-state: asked, and then on a page of ours, as nobody says where the state belongs', async () => {
    const agent = op.browser();
    await signInTo(op, client, agent);
    const asked = await signOut(op, agent, { state: 'x' });
    expect(await isSignedIn(op, client, agent)).toBe(true);
    const page = await agent.submit(asked, 'sign-out-form', { logout: 'yes' });
    expect(page.url.startsWith(op.issuer)).toBe(true);
    expect(page.text).toContain('You are signed out');
    expect(await isSignedIn(op, client, agent)).toBe(false);
  });

  const strange: [string, Record<string, string>][] = [
    ['bad-post-logout-redirect-uri', { post_logout_redirect_uri: 'https://evil.example/bye' }],
    ['query-added-to-post-logout-redirect-uri', { post_logout_redirect_uri: `${bye}?more=1` }],
    ['post-logout-redirect-uri with a path beside it', { post_logout_redirect_uri: `${bye}/../evil` }],
  ];
  for (const [name, params] of strange) {
    test(`oidcc-rp-initiated-logout-${name}: nobody is sent there, and nobody is signed out unasked`, async () => {
      const agent = op.browser();
      const { idToken } = await signInTo(op, client, agent);
      const page = await signOut(op, agent, { id_token_hint: idToken, ...params });
      expect(page.status).toBe(400);
      expect(page.url.startsWith(op.issuer)).toBe(true);
      expect(await isSignedIn(op, client, agent)).toBe(true);
    });
  }

  test('without saying who asks, an address to go to counts for nothing', async () => {
    const agent = op.browser();
    await signInTo(op, client, agent);
    const page = await signOut(op, agent, { post_logout_redirect_uri: bye });
    const out = await agent.submit(page, 'sign-out-form', { logout: 'yes' });
    expect(out.url.startsWith(op.issuer)).toBe(true);
  });

  /** Of a sign-in that was, in the wrong hands. */
  const wrongHints: [string, (hint: { idToken: string; sub: string; sid: string }) => Promise<string[]>][] = [
    [
      'oidcc-rp-initiated-logout-bad-id-token-hint: a hint that somebody else signed',
      async ({ sub, sid }) => {
        const { privateKey } = await generateKeyPair('RS256');
        const forged = new SignJWT({ sub, sid })
          .setProtectedHeader({ alg: 'RS256' })
          .setIssuer(op.issuer)
          .setAudience(client.id)
          .setIssuedAt()
          .setExpirationTime('1h');
        return ['x', await forged.sign(privateKey)];
      },
    ],
    [
      'oidcc-rp-initiated-logout-modified-id-token-hint: a hint of ours that was changed',
      ({ idToken }) => {
        const [header, payload, signature] = idToken.split('.');
        const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as object;
        const other = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody' })).toString('base64url');
        const none = Buffer.from('{"alg":"none"}').toString('base64url');
        return Promise.resolve([
          `${header}.${payload}.`,
          `${none}.${payload}.`,
          `${header}.${other}.${signature}`,
          `${idToken.slice(0, -8)}AAAAAAAA`,
        ]);
      },
    ],
  ];
  for (const [title, make] of wrongHints) {
    test(`${title} is refused, and nobody is signed out`, async () => {
      const agent = op.browser();
      const hint = await signInTo(op, client, agent);
      for (const id_token_hint of await make(hint)) {
        const page = await signOut(op, agent, { id_token_hint, post_logout_redirect_uri: bye });
        expect(page.status, id_token_hint).toBe(400);
        expect(page.url.startsWith(op.issuer)).toBe(true);
      }
      expect(await isSignedIn(op, client, agent)).toBe(true);
    });
  }

  test('a hint of another client than the one that says it asks is refused', async () => {
    const agent = op.browser();
    const other = await op.register({ post_logout_redirect_uris: [bye] });
    const { idToken } = await signInTo(op, client, agent);
    const page = await signOut(op, agent, { id_token_hint: idToken, client_id: other.id });
    expect(page.status).toBe(400);
    expect(await isSignedIn(op, client, agent)).toBe(true);
  });

  test('a hint of another browser ends nothing here unless the person says so', async () => {
    const [agent, elsewhere] = [op.browser(), op.browser()];
    await signInTo(op, client, agent);
    const { idToken } = await signInTo(op, client, elsewhere);
    const page = await signOut(op, agent, { id_token_hint: idToken, post_logout_redirect_uri: bye });
    expect(page.text).toContain('id="sign-out-form"');
    expect(await isSignedIn(op, client, agent)).toBe(true);
    expect(await isSignedIn(op, client, elsewhere)).toBe(true);
  });
});
