import type { Context } from 'koa';

const cookieName = 'gatehouse_theme';
const yearMs = 365 * 24 * 60 * 60 * 1000;

/** What somebody chose in this browser; null where the system decides. */
export function chosenTheme(ctx: Context): 'light' | 'dark' | null {
  const theme = ctx.cookies.get(cookieName, { signed: false });
  return theme === 'light' || theme === 'dark' ? theme : null;
}

export function rememberTheme(ctx: Context, theme: 'auto' | 'light' | 'dark'): void {
  ctx.cookies.set(cookieName, theme === 'auto' ? null : theme, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    maxAge: yearMs,
    overwrite: true,
  });
}
