import type { Router } from '@koa/router';
import serve from 'koa-static';
import absolutePath from 'swagger-ui-dist/absolute-path.js';
import { securityHeaders } from '../http/index.ts';

/** Addresses are relative, so that the page also works behind a proxy that serves it under a prefix. */
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Gatehouse management API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="swagger-ui"><noscript>This page needs JavaScript. <a href="openapi.json">The document itself</a> does not.</noscript></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
`;

/** validatorUrl: by default, the page would show the document to a service of Swagger's. */
const start = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', validatorUrl: null, deepLinking: true });
`;

/** Swagger UI brings its icons as data: addresses. */
const policy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

const files = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** Swagger UI for the document at /api/openapi.json, from this origin alone. */
export function addDocs(router: Router, { isHttps }: { isHttps: boolean }): void {
  const swaggerUi = serve(absolutePath(), { index: false });

  router.get('/', ctx => ctx.redirect('/api/docs'));
  router.get('/api/docs', securityHeaders({ isHttps, directives: policy }), ctx => {
    ctx.set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' });
    ctx.body = page;
  });
  router.get('/api/docs/start.js', ctx => {
    ctx.set({ 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'no-cache' });
    ctx.body = start;
  });
  for (const name of files) {
    router.get(`/api/docs/${name}`, async (ctx, next) => {
      ctx.state['route'] = '/api/docs';
      // koa-static looks for the whole path inside its folder.
      ctx.path = `/${name}`;
      await swaggerUi(ctx, next);
    });
  }
}
