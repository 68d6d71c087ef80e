import type { Router } from '@koa/router';
import { browserStateCookie } from '../oidc/index.ts';
import type { PagesDeps } from './pages-deps.ts';

/**
 * The frame that an app's page asks whether the sign-in is still the same (OpenID Connect Session Management 1.0
 * section 3.3). It shows nothing and takes no click, so any page may hold it.
 */
export function checkSessionRoutes(router: Router, { templates, issuer }: PagesDeps): void {
  const script = templates.assets.urlOf('check-session.js');
  const page = `<!doctype html>
<html lang="en" data-cookie="${browserStateCookie(issuer)}">
<meta charset="utf-8">
<title>Session</title>
<script src="${script}"></script>
</html>
`;
  router.get('/session/check', ctx => {
    ctx.remove('X-Frame-Options');
    ctx.set(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors *",
    );
    ctx.set('Cache-Control', 'public, max-age=300');
    ctx.type = 'html';
    ctx.body = page;
  });
}
