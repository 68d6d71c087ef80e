import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { html, page, table } from './html.ts';

export type Notes =
  | { verified: true; algorithm: string; audience: string; scope: string; sub: string; notes: string[] }
  | { verified: false; reason: string };

/** What the application knows after a sign-in. */
export interface SignedIn {
  claims: { sub: string };
  userinfo: object;
  idToken: string;
  scope: string;
  expiresInSeconds: number;
  refreshToken?: string;
  /** Fingerprints of the refresh tokens before and after each use. */
  refreshes: { before: string; after: string }[];
  notes?: Notes;
}

const button = (id: string, action: string, text: string) =>
  html`<form method="post" action="${action}"><button id="${id}">${text}</button></form>`;

export function startPage(issuer: string): string {
  return page(
    'You are not signed in',
    html`<p>This application sends you to <code>${issuer}</code> to sign in.</p>
<p><a class="button" id="sign-in" href="/sign-in">Sign in</a></p>`,
  );
}

export function homePage({
  claims,
  userinfo,
  scope,
  expiresInSeconds,
  refreshToken,
  refreshes,
  notes,
}: SignedIn): string {
  return page(
    'You are signed in',
    html`<div class="actions">
${button('refresh', '/refresh', 'Use the refresh token')}
${button('call-api', '/call-api', 'Call the notes API')}
<a class="button" id="silent" href="/sign-in?prompt=none">Sign in silently</a>
<a class="button" id="sign-in-again" href="/sign-in?prompt=login">Sign in again</a>
${button('sign-out', '/sign-out', 'Sign out')}
</div>
<h2>ID token</h2>
${table('id-token-claims', claims)}
<h2>Userinfo</h2>
${table('userinfo', userinfo)}
<h2>Tokens</h2>
${table('tokens', {
  scope,
  'access token': `valid for ${expiresInSeconds} seconds`,
  'refresh token': refreshToken === undefined ? 'none' : 'kept on the server',
})}
<p>Refreshed <span id="refresh-count">${refreshes.length}</span> times.</p>
<ol id="refreshes">${refreshes.map(({ before, after }) => html`<li><code>${before}</code> → <code>${after}</code></li>`)}</ol>
${notes === undefined ? html`` : html`<h2>Notes API</h2>${table('api-answer', notes)}`}`,
  );
}

export function signedOutPage(): string {
  return page(
    'You are signed out',
    html`<p id="signed-out">The provider has sent you back with the state we gave it.</p>
<p><a class="button" id="sign-in" href="/sign-in">Sign in</a></p>`,
  );
}

export function problemPage(error: unknown): string {
  const { code, description } = explain(error);
  return page(
    'That did not work',
    html`<p><code id="error">${code}</code></p>
<p id="error-description">${description}</p>
<p><a class="button" id="home" href="/">Back</a></p>`,
  );
}

function explain(error: unknown): { code: string; description: string } {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return { code: error.error, description: error.error_description ?? '' };
  }
  if (error instanceof ClientError) return { code: error.code ?? 'client_error', description: error.message };
  return { code: 'problem', description: error instanceof Error ? error.message : String(error) };
}
