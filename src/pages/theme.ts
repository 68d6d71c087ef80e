import type { Context } from 'koa';
import { rememberChoice, rememberedChoice } from './choice-cookie.ts';

const cookieName = 'gatehouse_theme';

/** What somebody chose in this browser; null where the system decides. */
export function chosenTheme(ctx: Context): 'light' | 'dark' | null {
  const theme = rememberedChoice(ctx, cookieName);
  return theme === 'light' || theme === 'dark' ? theme : null;
}

export function rememberTheme(ctx: Context, theme: 'auto' | 'light' | 'dark'): void {
  rememberChoice(ctx, cookieName, theme === 'auto' ? undefined : theme);
}
