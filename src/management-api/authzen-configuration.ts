import type { Router } from '@koa/router';

/**
 * Where decisions are asked for (OpenID AuthZEN Authorization API 1.0, Policy Decision Point Metadata).
 * @param url where callers reach this listener; undefined announces nothing
 */
export function addAuthzenConfiguration(router: Router, url: string | undefined): void {
  if (url === undefined) return;
  const document = JSON.stringify({
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${url}/access/v1/evaluations`,
  });
  router.get('/.well-known/authzen-configuration', ctx => {
    ctx.set({ 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' });
    ctx.body = document;
  });
}
