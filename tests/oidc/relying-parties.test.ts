import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import {
  AuthorizationResponseError,
  buildEndSessionUrl,
  clientCredentialsGrant,
  fetchUserInfo,
  ResponseBodyError,
  refreshTokenGrant,
  tokenIntrospection,
  tokenRevocation,
} from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGatehouse, type TestGatehouse } from '../support/gatehouse.ts';
import { answerPages, RelyingParty } from '../support/relying-party.ts';
import { type RedisServer, startRedis } from '../support/services.ts';
import { UserAgent } from '../support/user-agent.ts';

const notes = 'https://notes.example/api';

describe.each(['postgres', 'redis'] as const)('a relying party that we did not write, %s driver', driver => {
  let redis: RedisServer | undefined;
  let gatehouse: TestGatehouse;
  let web: RelyingParty;

  beforeAll(async () => {
    redis = driver === 'redis' ? await startRedis() : undefined;
    gatehouse = await startTestGatehouse(redis === undefined ? {} : { REDIS_URL: redis.url });
    const client = gatehouse.facts.clients['demo-web'];
    web = await RelyingParty.discover(
      gatehouse.issuer,
      client ?? { client_id: '' },
      `${gatehouse.facts.sample_url}/callback`,
    );
  });
  afterAll(async () => {
    await gatehouse.close();
    await redis?.stop();
  });

  const browser = () => new UserAgent([gatehouse.facts.sample_url]);
  const everything = {
    params: {
      prompt: 'consent',
      resource: notes,
      scope: 'openid profile email address phone offline_access notes:read',
    },
  };

  test('gets tokens it can verify, and the profile', async () => {
    const { tokens, forms } = await web.signIn(browser(), gatehouse.facts.account, everything);
    expect(forms).toEqual(['identifier-form', 'password-form', 'consent-form']);
    const { sub = '', ...claims } = tokens.claims() ?? {};
    expect(claims).toMatchObject({ iss: gatehouse.issuer, aud: 'demo-web' });

    const keys = createRemoteJWKSet(new URL(web.config.serverMetadata().jwks_uri ?? ''));
    const verified = await jwtVerify(tokens.id_token ?? '', keys, {
      issuer: gatehouse.issuer,
      audience: 'demo-web',
    });
    expect(verified.payload.sub).toBe(sub);

    const userinfo = await fetchUserInfo(web.config, tokens.access_token, sub);
    expect(userinfo).toMatchObject({
      email: gatehouse.facts.account.email,
      email_verified: true,
      given_name: 'Ada',
      address: { country: 'GB' },
      phone_number_verified: false,
    });
  });

  test('refreshes with rotation; a refresh token that comes again later ends the whole family', async () => {
    const { tokens } = await web.signIn(browser(), gatehouse.facts.account, everything);
    const first = tokens.refresh_token ?? '';
    const second = await refreshTokenGrant(web.config, first);
    expect(second.refresh_token).not.toBe(first);
    await expect(
      fetchUserInfo(web.config, second.access_token, tokens.claims()?.sub ?? ''),
    ).resolves.toBeDefined();

    const third = await refreshTokenGrant(web.config, second.refresh_token ?? '');
    await expect(refreshTokenGrant(web.config, first)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(refreshTokenGrant(web.config, third.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(
      fetchUserInfo(web.config, second.access_token, tokens.claims()?.sub ?? ''),
    ).rejects.toThrow();
  });

  test('gets a JWT for an API, which verifies it against the published keys', async () => {
    const { tokens } = await web.signIn(browser(), gatehouse.facts.account, everything);
    const forApi = await refreshTokenGrant(web.config, tokens.refresh_token ?? '', { resource: notes });
    const keys = createRemoteJWKSet(new URL(web.config.serverMetadata().jwks_uri ?? ''));
    const { payload } = await jwtVerify(forApi.access_token, keys, {
      issuer: gatehouse.issuer,
      audience: notes,
      typ: 'at+jwt',
    });
    expect(payload).toMatchObject({ client_id: 'demo-web', scope: 'notes:read', sub: tokens.claims()?.sub });
    expect(decodeProtectedHeader(forApi.access_token).alg).toBe('ES256');
  });

  test('signs in silently where there is a session, and is told where there is none', async () => {
    const agent = browser();
    await web.signIn(agent, gatehouse.facts.account);
    const { tokens, forms } = await web.signIn(agent, gatehouse.facts.account, {
      params: { prompt: 'none' },
    });
    expect(forms).toEqual([]);
    expect(tokens.claims()?.sub).toBeDefined();

    await expect(
      web.signIn(browser(), gatehouse.facts.account, { params: { prompt: 'none' } }),
    ).rejects.toSatisfy(
      (error: unknown) => error instanceof AuthorizationResponseError && error.error === 'login_required',
    );
  });

  test('prompt=login and max_age ask for the password again, and auth_time says when', async () => {
    const agent = browser();
    await web.signIn(agent, gatehouse.facts.account);
    const again = await web.signIn(agent, gatehouse.facts.account, {
      params: { prompt: 'login', max_age: '1000' },
    });
    expect(again.forms).toEqual(['password-form']);
    const old = await web.signIn(agent, gatehouse.facts.account, { params: { max_age: '0' } });
    expect(old.forms).toEqual(['password-form']);
    const authTime = old.tokens.claims()?.auth_time ?? 0;
    expect(authTime).toBeGreaterThanOrEqual(again.tokens.claims()?.auth_time ?? Number.POSITIVE_INFINITY);
    const fresh = await web.signIn(agent, gatehouse.facts.account, { params: { max_age: '1000' } });
    expect(fresh.forms).toEqual([]);
    expect(fresh.tokens.claims()?.auth_time).toBe(authTime);
  });

  test('signs out through the provider: no question for the session its ID token names, and the session is dead', async () => {
    const agent = browser();
    const { tokens } = await web.signIn(agent, gatehouse.facts.account);
    const target = `${gatehouse.facts.sample_url}/signed-out`;
    const url = buildEndSessionUrl(web.config, {
      id_token_hint: tokens.id_token ?? '',
      post_logout_redirect_uri: target,
      state: 'a-state',
    });
    expect((await agent.open(url.href)).url).toBe(`${target}?state=a-state`);
    await expect(
      web.signIn(agent, gatehouse.facts.account, { params: { prompt: 'none' } }),
    ).rejects.toMatchObject({
      error: 'login_required',
    });
    // Access tokens of the session's grants died with it.
    await expect(
      fetchUserInfo(web.config, tokens.access_token, tokens.claims()?.sub ?? ''),
    ).rejects.toThrow();
  });

  test('introspects and revokes its own tokens', async () => {
    const { tokens } = await web.signIn(browser(), gatehouse.facts.account);
    expect(await tokenIntrospection(web.config, tokens.access_token)).toMatchObject({
      active: true,
      client_id: 'demo-web',
    });
    await tokenRevocation(web.config, tokens.access_token);
    expect(await tokenIntrospection(web.config, tokens.access_token)).toEqual({ active: false });
  });

  test('a machine gets the scopes it is registered for at the API it names, and no other', async () => {
    const { clients, issuer } = gatehouse.facts;
    const machine = await RelyingParty.discover(issuer, clients['demo-machine'] ?? { client_id: '' }, '');
    const resource = `${issuer}/api`;
    const tokens = await clientCredentialsGrant(machine.config, {
      resource,
      scope: 'accounts:read accounts:write',
    });
    expect(tokens.scope).toBe('accounts:read');
    await expect(
      clientCredentialsGrant(web.config, { resource, scope: 'accounts:read' }),
    ).rejects.toBeInstanceOf(ResponseBodyError);
    await expect(
      clientCredentialsGrant(machine.config, {
        resource: 'https://elsewhere.example',
        scope: 'accounts:read',
      }),
    ).rejects.toMatchObject({ error: 'invalid_target' });
  });

  test('oauth4webapi, a second library, goes the whole way as a public client', async () => {
    const issuer = new URL(gatehouse.issuer);
    const insecure = { [oauth.allowInsecureRequests]: true };
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, insecure),
    );
    const client: oauth.Client = { client_id: 'demo-spa' };
    const redirectUri = 'http://localhost:5173/callback';
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    const state = oauth.generateRandomState();
    const url = new URL(server.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email offline_access',
      prompt: 'consent',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      nonce,
      state,
    }).toString();
    const agent = new UserAgent([redirectUri]);
    const { page } = await answerPages(agent, await agent.open(url.href), gatehouse.facts.account);

    const parameters = oauth.validateAuthResponse(server, client, new URL(page.url), state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      redirectUri,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    const { sub } = oauth.getValidatedIdTokenClaims(tokens) ?? { sub: '' };
    const userinfo = await oauth.processUserInfoResponse(
      server,
      client,
      sub,
      await oauth.userInfoRequest(server, client, tokens.access_token, insecure),
    );
    expect(userinfo['email']).toBe(gatehouse.facts.account.email);
    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(
        server,
        client,
        oauth.None(),
        tokens.refresh_token ?? '',
        insecure,
      ),
    );
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
  });

  test('four silent sign-ins of one browser at once give four codes that work', async () => {
    const agent = browser();
    await web.signIn(agent, gatehouse.facts.account);
    const silent = () => web.signIn(agent.clone(), gatehouse.facts.account, { params: { prompt: 'none' } });
    const results = await Promise.all([silent(), silent(), silent(), silent()]);
    expect(new Set(results.map(({ tokens }) => tokens.access_token)).size).toBe(4);
  });
});
