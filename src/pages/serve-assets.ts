import type { Middleware } from 'koa';
import type { Assets } from '../templates/index.ts';

/** Files under their hashed addresses, ahead of everything that costs more. */
export function serveAssets(assets: Assets): Middleware {
  return (ctx, next) => {
    const path = ctx.path === '/favicon.ico' ? assets.urlOf('favicon.svg') : ctx.path;
    const answer =
      ctx.method === 'GET' || ctx.method === 'HEAD'
        ? assets.answer(path, ctx.get('Accept-Encoding'))
        : undefined;
    if (answer === undefined) return next();
    ctx.state['route'] = '/assets';
    ctx.set(answer.headers);
    ctx.body = answer.body;
    return undefined;
  };
}
