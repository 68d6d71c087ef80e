import type { Router } from '@koa/router';
import { AppError } from '../kernel/index.ts';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';

/**
 * Starts an app from our side: it is told by whom to sign the person in, and then asks as always (OpenID Connect Core 1.0
 * section 4). Where it is told comes from its registration alone.
 */
export function launchRoutes(router: Router, { provider, issuer }: PagesDeps): void {
  const path = '/launch/:clientId';
  router.get(path, named(path), async ctx => {
    const client = await provider().Client.find(String(ctx.params['clientId']));
    if (client?.initiateLoginUri === undefined) {
      throw new AppError('not_found', 'No app can be started at this address.');
    }
    const url = new URL(client.initiateLoginUri);
    url.searchParams.set('iss', issuer);
    url.searchParams.set('client_id', client.clientId);
    ctx.status = 303;
    ctx.redirect(url.href);
  });
}
