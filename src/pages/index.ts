/**
 * Owns the hosted pages: their addresses, view models, forms, and which step comes next.
 * Does not own the rules behind a step (accounts, passwords), nor the protocol (oidc).
 */
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { accountRoutes } from './account/account-routes.ts';
import { approveRoutes } from './approve-page.ts';
import { avatarRoutes } from './avatar-routes.ts';
import { brandRoutes } from './brand/brand-routes.ts';
import { buttonLinkRoutes } from './button-links.ts';
import { checkSessionRoutes } from './check-session.ts';
import { documentRoutes } from './document-page.ts';
import { pageErrors } from './error-page.ts';
import { galleryRoutes } from './gallery.ts';
import { interactionRoutes } from './interaction-routes.ts';
import { languageChoice } from './language-choice.ts';
import { launchRoutes } from './launch.ts';
import type { PagesDeps } from './pages-deps.ts';
import { providerAnswers } from './provider-answers.ts';
import { receiptRoutes } from './receipt-page.ts';
import { recoverRoutes } from './recover-page.ts';
import { registerRoutes } from './register-page.ts';
import { relatedOriginsRoutes } from './related-origins.ts';
import { setUpRoutes } from './set-up-page.ts';
import { throttleUserCodes } from './throttle-user-codes.ts';

export { createProviderPages } from './provider-pages.ts';
export { serveAssets } from './serve-assets.ts';
export { waysInTable } from './ways-in.ts';
export type { PagesDeps };
export { pageErrors, providerAnswers, throttleUserCodes };

/** Our routes on the public listener. */
export function pagesRouter(deps: PagesDeps): Router {
  const router = new Router();
  router.use(languageChoice(deps.templates.locales));
  interactionRoutes(router, deps);
  setUpRoutes(router, deps);
  launchRoutes(router, deps);
  checkSessionRoutes(router, deps);
  approveRoutes(router, deps);
  brandRoutes(router, deps);
  registerRoutes(router, deps);
  recoverRoutes(router, deps);
  buttonLinkRoutes(router, deps);
  receiptRoutes(router, deps);
  accountRoutes(router, deps);
  avatarRoutes(router, deps);
  documentRoutes(router, deps);
  relatedOriginsRoutes(router, deps);
  if (deps.hasGallery) galleryRoutes(router, deps);
  return router;
}

/** What answers on them; all else goes on to the provider. */
export function createPages(deps: PagesDeps): Middleware {
  const routes = pagesRouter(deps).routes() as unknown as Middleware;
  // Most requests are the protocol's; they need not be compared with every pattern of ours.
  const isOurs = new RegExp(
    `^/(interaction|setup|launch|approve|brand|register|recover|reopen|not-me|unlock|confirm-email|undo-email|reset-factors|receipts|account|avatars|documents|session/check|\\.well-known/webauthn${deps.hasGallery ? '|gallery' : ''})(/|$)`,
  );
  return async (ctx, next) => {
    await (isOurs.test(ctx.path) ? routes(ctx, next) : next());
  };
}
