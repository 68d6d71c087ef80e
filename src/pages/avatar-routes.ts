import type { Router } from '@koa/router';
import { AppError } from '../kernel/index.ts';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';

/** Pictures of people, for whoever knows the address: it stands in the `picture` claim. */
export function avatarRoutes(router: Router, { avatars }: PagesDeps): void {
  router.get('/avatars/:file', named('/avatars/:file'), async ctx => {
    const name = /^([\w-]{22})\.webp$/.exec(String((ctx['params'] as { file?: unknown }).file))?.[1];
    const bytes = name === undefined ? undefined : await avatars.find(name);
    if (bytes === undefined) throw new AppError('not_found', 'There is no such picture.');
    ctx.type = 'image/webp';
    // What an address leads to never changes; but for who takes a picture away, copies of it are gone within a day.
    ctx.set('Cache-Control', 'public, max-age=86400, immutable');
    ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
    ctx.set('Content-Security-Policy', "default-src 'none'");
    ctx.etag = name ?? '';
    ctx.status = 200;
    if (ctx.fresh) ctx.status = 304;
    else ctx.body = Buffer.from(bytes);
  });
}
