import type { Context, Middleware } from 'koa';
import type { Locales } from '../templates/index.ts';
import { rememberChoice, rememberedChoice } from './choice-cookie.ts';

const cookieName = 'gatehouse_language';

/** What the person chose on one of our pages, if anything. */
export function chosenLanguage(ctx: Context): string | undefined {
  return rememberedChoice(ctx, cookieName);
}

/** Undefined: as the browser says. */
export function rememberLanguage(ctx: Context, language: string | undefined): void {
  rememberChoice(ctx, cookieName, language);
}

/** `?lang=de` on any of our pages: remembered, and the same page again without it. Works without JavaScript. */
export function languageChoice(locales: Locales): Middleware {
  return (ctx, next) => {
    const parameters = new URLSearchParams(ctx.querystring);
    const wish = parameters.get('lang');
    if (ctx.method !== 'GET' || wish === null) return next();
    if (locales.tags.includes(wish)) {
      rememberLanguage(ctx, wish);
    }
    parameters.delete('lang');
    const rest = parameters.toString();
    ctx.status = 303;
    // The path alone: a target of the request's choosing would be an open redirect.
    ctx.redirect(rest === '' ? ctx.path : `${ctx.path}?${rest}`);
    return undefined;
  };
}
