import { hash, randomUUID } from 'node:crypto';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client';
import { homePage, type Notes, type SignedIn, signedOutPage, startPage } from './pages.ts';
import type { RegisteredClient, SampleInput } from './sample-input.ts';

interface Deps extends SampleInput {
  self: { url: string };
  client: () => RegisteredClient | undefined;
}

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** One browser. Kept in memory: after a restart everybody signs in again, which a single sign-on makes painless. */
interface Visit {
  pending?: { verifier: string; state: string; nonce: string };
  signedIn?: SignedIn;
  signingOut?: string;
}

/** The code below is what an application writes to sign people in with openid-client. */
export function relyingParty(router: Router, deps: Deps): void {
  const visits = new Map<string, Visit>();
  const discovered = discoverOnce(deps);
  const scope = `openid profile email offline_access ${deps.apiScope}`;

  router.get('/', ctx => {
    const { signedIn } = visitOf(visits, ctx);
    html(ctx, signedIn === undefined ? startPage(deps.issuer) : homePage(signedIn));
  });

  router.get('/session.json', ctx => {
    ctx.body = visitOf(visits, ctx).signedIn ?? null;
  });

  router.get('/sign-in', async ctx => {
    const config = await discovered();
    const pending = { verifier: randomPKCECodeVerifier(), state: randomState(), nonce: randomNonce() };
    visitOf(visits, ctx).pending = pending;
    const url = buildAuthorizationUrl(config, {
      redirect_uri: `${deps.self.url}/callback`,
      scope,
      resource: deps.resource,
      // A refresh token is given only where the person was asked (OpenID Connect Core 1.0 section 11).
      prompt: 'consent',
      code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      state: pending.state,
      nonce: pending.nonce,
      ...overrides(ctx.querystring),
    });
    ctx.redirect(url.href);
  });

  router.get('/callback', async ctx => {
    const visit = visitOf(visits, ctx);
    const { pending } = visit;
    if (pending === undefined) throw new Error('this browser did not start a sign-in here');
    delete visit.pending;
    const config = await discovered();
    const tokens = await authorizationCodeGrant(config, new URL(ctx.url, deps.self.url), {
      pkceCodeVerifier: pending.verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('no ID token');
    const signedIn = await describe(config, tokens, claims);
    // A sign-in without consent (prompt=none, say) brings none; the one from before is as good as it was.
    const { refreshToken, claims: before } = visit.signedIn ?? {};
    if (refreshToken !== undefined && before?.sub === claims.sub) signedIn.refreshToken ??= refreshToken;
    // As every application should: a new session id for a signed-in person.
    renew(visits, ctx, { signedIn });
    ctx.redirect('/');
  });

  router.post('/refresh', async ctx => {
    const { signedIn } = visitOf(visits, ctx);
    if (signedIn?.refreshToken === undefined) throw new Error('there is no refresh token');
    const before = signedIn.refreshToken;
    const tokens = await refreshTokenGrant(await discovered(), before);
    signedIn.refreshToken = tokens.refresh_token ?? before;
    signedIn.refreshes.push({ before: fingerprint(before), after: fingerprint(signedIn.refreshToken) });
    ctx.redirect('/');
  });

  router.post('/call-api', async ctx => {
    const { signedIn } = visitOf(visits, ctx);
    if (signedIn?.refreshToken === undefined) throw new Error('there is no refresh token');
    // The token for the API is another than the one for userinfo: each names one audience (RFC 8707).
    const tokens = await refreshTokenGrant(await discovered(), signedIn.refreshToken, {
      resource: deps.resource,
    });
    signedIn.refreshToken = tokens.refresh_token ?? signedIn.refreshToken;
    const answer = await fetch(`${deps.self.url}/api/notes`, {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    });
    signedIn.notes = (await answer.json()) as Notes;
    ctx.redirect('/');
  });

  router.post('/sign-out', async ctx => {
    const visit = visitOf(visits, ctx);
    const idToken = visit.signedIn?.idToken;
    const config = await discovered();
    const signingOut = randomState();
    renew(visits, ctx, { signingOut });
    const url = buildEndSessionUrl(config, {
      post_logout_redirect_uri: `${deps.self.url}/signed-out`,
      state: signingOut,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    });
    ctx.redirect(url.href);
  });

  router.get('/signed-out', ctx => {
    const visit = visitOf(visits, ctx);
    if (
      visit.signingOut === undefined ||
      new URLSearchParams(ctx.querystring).get('state') !== visit.signingOut
    ) {
      throw new Error('the state is not ours');
    }
    delete visit.signingOut;
    html(ctx, signedOutPage());
  });
}

async function describe(
  config: Configuration,
  tokens: Tokens,
  claims: SignedIn['claims'],
): Promise<SignedIn> {
  const userinfo = await fetchUserInfo(config, tokens.access_token, claims.sub);
  return {
    claims,
    userinfo,
    idToken: tokens.id_token ?? '',
    scope: tokens.scope ?? '',
    expiresInSeconds: tokens.expires_in ?? 0,
    refreshes: [],
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
  };
}

/** The issuer may come up after us, so it is asked when it is first needed, and again until it answers. */
function discoverOnce({ issuer, client }: Deps): () => Promise<Configuration> {
  let known: Promise<Configuration> | undefined;
  return () => {
    const { client_id: id = '', client_secret: secret = '' } = client() ?? {};
    known ??= discovery(new URL(issuer), id, undefined, ClientSecretBasic(secret), {
      execute: issuer.startsWith('http:') ? [allowInsecureRequests] : [],
    }).catch((error: unknown) => {
      known = undefined;
      throw new Error(`The issuer ${issuer} does not answer.`, { cause: error });
    });
    return known;
  };
}

/** What tests and curious people want to see: ?prompt=login&max_age=0, an empty value takes a parameter away. */
function overrides(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

function fingerprint(token: string): string {
  return hash('sha256', token, 'hex').slice(0, 12);
}

function cookieName(ctx: Context): string {
  return `sample_${ctx.req.socket.localPort ?? 0}`;
}

function visitOf(visits: Map<string, Visit>, ctx: Context): Visit {
  return visits.get(ctx.cookies.get(cookieName(ctx)) ?? '') ?? renew(visits, ctx, {});
}

function renew(visits: Map<string, Visit>, ctx: Context, visit: Visit): Visit {
  visits.delete(ctx.cookies.get(cookieName(ctx)) ?? '');
  const id = randomUUID();
  visits.set(id, visit);
  ctx.cookies.set(cookieName(ctx), id, { httpOnly: true, sameSite: 'lax', overwrite: true });
  return visit;
}

function html(ctx: Context, body: string): void {
  ctx.type = 'html';
  ctx.body = body;
}
