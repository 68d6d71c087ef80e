import type { Router } from '@koa/router';
import { named } from './interaction-routes.ts';
import type { PagesDeps } from './pages-deps.ts';

/** Tells browsers on which other origins our passkeys may be used (Web Authentication Level 3 section 5.11). */
export function relatedOriginsRoutes(router: Router, { passkeyRules }: PagesDeps): void {
  const path = '/.well-known/webauthn';
  router.get(path, named(path), ctx => {
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.body = { origins: passkeyRules.origins };
  });
}
