import type { Context } from 'koa';

const dayMs = 24 * 60 * 60 * 1000;

/** A family's computer. */
const mostAccounts = 6;

/** What this browser has to say of being trusted, one for each account. Our pages and the provider ask the same. */
export function trustedBrowserTokens(ctx: Pick<Context, 'cookies'>, issuer: string): string[] {
  const value = ctx.cookies.get(cookieName(issuer), { signed: true }) ?? '';
  return value.split('.').filter(each => each !== '');
}

export function rememberTrustedBrowser(
  ctx: Context,
  { issuer, token, days }: { issuer: string; token: string; days: number },
): void {
  const tokens = [token, ...trustedBrowserTokens(ctx, issuer)].slice(0, mostAccounts);
  ctx.cookies.set(cookieName(issuer), tokens.join('.'), {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    maxAge: days * dayMs,
    overwrite: true,
  });
}

/** As the other cookies: of this host alone, and apart from copies on other ports. */
function cookieName(issuer: string): string {
  const { protocol, port } = new URL(issuer);
  if (protocol === 'https:') return '__Host-gatehouse_trusted';
  return `gatehouse_trusted${port === '' ? '' : `_${port}`}`;
}
