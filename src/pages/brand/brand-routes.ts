import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AppError } from '../../kernel/index.ts';
import { named } from '../interaction-routes.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { accentStylesheet } from './accent.ts';
import { colorOf } from './brand-addresses.ts';
import { createFindLogo } from './logos.ts';
import { monogram } from './monogram.ts';

/** Gatehouse's own, as in gatehouse.css. */
const ownColor = '#0c5a4d';

/** What makes a page look like the app it is shown for, from our own address: pages load nothing from elsewhere. */
export function brandRoutes(router: Router, deps: PagesDeps): void {
  const findLogo = createFindLogo(deps);

  router.get('/brand/accent/:file', named('/brand/accent/:file'), ctx => {
    const color = /^([\da-f]{6})\.css$/.exec(parameter(ctx, 'file'))?.[1];
    if (color === undefined) throw new AppError('not_found', 'There is no such colour.');
    ctx.type = 'css';
    ctx.set('Cache-Control', 'public, max-age=86400');
    ctx.body = accentStylesheet(`#${color}`);
  });

  router.get('/brand/logo/:client', named('/brand/logo/:client'), async ctx => {
    const client = await deps.provider().Client.find(parameter(ctx, 'client'));
    if (client?.logoUri === undefined) throw new AppError('not_found', 'There is no such logo.');
    const logo = await findLogo(client.logoUri);
    ctx.type = logo?.type ?? 'image/svg+xml';
    ctx.set('Cache-Control', `public, max-age=${logo === undefined ? 60 : 3600}`);
    ctx.set('Cross-Origin-Resource-Policy', 'same-origin');
    ctx.body = logo?.body ?? monogram(client.clientName ?? client.clientId, colorOf(client) ?? ownColor);
  });
}

function parameter(ctx: Context, name: string): string {
  return String((ctx['params'] as Record<string, unknown>)[name]);
}
