import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { AppError } from '../../kernel/index.ts';
import { type Copy, readExport } from '../../privacy/index.ts';
import { clientCard } from '../client-card.ts';
import { named } from '../interaction-routes.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { localeOf, renderPage } from '../render-page.ts';
import { timeInWords } from '../time-in-words.ts';
import { copyView } from '../views/copy.ts';
import type { AccountRequest } from './account-request.ts';
import { copyInWords } from './copy-in-words.ts';

/** A copy that is ready, to read and as a file. Each is its owner's alone, and a fresh sign-in is asked as for asking. */
export function copyRoutes(
  router: Router,
  deps: PagesDeps,
  requestFor: (ctx: Context) => Promise<AccountRequest | undefined>,
): void {
  const path = '/account/export/:id';

  router.get(path, named(path), async ctx => {
    const request = await requestFor(ctx);
    if (request === undefined) return;
    const copy = await copyFor(deps, ctx, request);
    const { locales } = deps.templates;
    const locale = localeOf(locales, ctx, undefined);
    const time = timeInWords(locale, request.account);
    const names = await namesOf(deps, copy);
    renderPage(deps, ctx, copyView, {
      model: {
        made: locales.format(locale, 'export.made', { at: time(new Date(copy.created_at)) }),
        load: `${ctx.path}/copy.json`,
        picture: copy.picture && `data:${copy.picture.media_type};base64,${copy.picture.base64}`,
        sections: copyInWords(copy, {
          say: (key, values) => locales.format(locale, key, values),
          time,
          app: id => names.get(id) ?? id,
        }),
      },
      offersLanguages: true,
    });
  });

  router.get(`${path}/copy.json`, named(`${path}/copy.json`), async ctx => {
    const request = await requestFor(ctx);
    if (request === undefined) return;
    const copy = await copyFor(deps, ctx, request);
    ctx.set('Cache-Control', 'no-store');
    ctx.attachment(`gatehouse-${copy.created_at.slice(0, 10)}.json`);
    ctx.type = 'json';
    ctx.body = JSON.stringify(copy, undefined, 2);
  });
}

/** @throws AppError `not_found`, also for what is somebody else's */
async function copyFor(deps: PagesDeps, ctx: Context, { account }: AccountRequest): Promise<Copy> {
  const { id = '' } = ctx['params'] as { id?: string };
  const copy = await readExport(deps, { id, accountId: account.id });
  if (copy === undefined) throw new AppError('not_found', 'There is no such copy.');
  return copy;
}

async function namesOf(deps: PagesDeps, copy: Copy): Promise<Map<string, string>> {
  const ids = [...copy.apps, ...copy.requests_of_apps, ...copy.activity].flatMap(
    ({ client_id: id }) => id ?? [],
  );
  const clients = await Promise.all([...new Set(ids)].map(id => deps.provider().Client.find(id)));
  return new Map(
    clients.flatMap(client => (client === undefined ? [] : [[client.clientId, clientCard(client).name]])),
  );
}
