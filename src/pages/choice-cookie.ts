import type { Context } from 'koa';

const yearMs = 365 * 24 * 60 * 60 * 1000;

/** What somebody chose for all our pages in this browser. It opens nothing, so it is not signed; undefined takes it back. */
export function rememberChoice(ctx: Context, name: string, value: string | undefined): void {
  ctx.cookies.set(name, value ?? null, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    maxAge: yearMs,
    overwrite: true,
  });
}

export function rememberedChoice(ctx: Context, name: string): string | undefined {
  return ctx.cookies.get(name, { signed: false });
}
