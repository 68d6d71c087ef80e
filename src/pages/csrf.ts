import type { Context } from 'koa';
import { AppError, keyedDigest, sameSecret } from '../kernel/index.ts';

/**
 * A form may only come from our own page. Browsers say where a request comes from (Fetch Metadata); those that do not
 * must at least name our origin.
 * @throws AppError `csrf`
 */
export function requireSameOrigin(ctx: Context, issuer: string): void {
  const site = ctx.get('Sec-Fetch-Site');
  const isOurs = site === '' ? ctx.get('Origin') === issuer : site === 'same-origin' || site === 'none';
  if (!isOurs) throw new AppError('csrf', 'The form was sent from another site.', { detail: `site=${site}` });
}

/** Proves that a form was given out by us for this one thing: `binding` names the interaction and step, or the link. */
export function formToken(keys: readonly string[], binding: string): string {
  return keyedDigest(keys[0] ?? '', 'form', binding);
}

export function isFormToken(keys: readonly string[], binding: string, token: unknown): boolean {
  return typeof token === 'string' && keys.some(key => sameSecret(keyedDigest(key, 'form', binding), token));
}
