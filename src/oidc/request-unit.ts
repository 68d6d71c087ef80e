import type { Context, Middleware } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../kernel/index.ts';
import { ArtifactConflictError, type ArtifactStore, runInUnitOfWork } from '../store/index.ts';

/** An answer of 5xx says that nothing happened, so nothing may have: what was about to be written is dropped. */
class Discarded extends Error {}

/** Routes that programs call; all others show pages. */
const programs: ReadonlySet<string | undefined> = new Set([
  'token',
  'userinfo',
  'introspection',
  'revocation',
  'pushed_authorization_request',
  'device_authorization',
  'backchannel_authentication',
]);

/**
 * One request, one unit of work: everything a request changes in the artifact store is applied together, before its
 * answer leaves. What cannot be applied becomes the answer that the protocol has for it.
 */
export function requestUnit({ artifacts }: { artifacts: ArtifactStore }): Middleware {
  return async (ctx, next) => {
    try {
      await runInUnitOfWork(artifacts, async () => {
        await next();
        if (ctx.status >= 500) throw new Discarded();
      });
    } catch (error) {
      for (const header of ['Set-Cookie', 'Location', 'Refresh']) ctx.remove(header);
      if (!(error instanceof Discarded)) answer(ctx, error);
    }
    // The provider's own 503 does not say when to come back.
    if (ctx.status === 503 && !ctx.res.hasHeader('Retry-After')) ctx.set('Retry-After', '2');
  };
}

function answer(ctx: Context, error: unknown): void {
  const { route } = (ctx as Partial<KoaContextWithOIDC>).oidc ?? {};
  const isProgram = programs.has(route);
  if (error instanceof ArtifactConflictError) {
    if (isProgram) return json(ctx, 400, 'invalid_grant', 'grant request is invalid');
    const isRetried = ctx.method === 'GET' && (error.reason === 'stale' || error.reason === 'revoked');
    if (isRetried) return again(ctx);
    throw new AppError('interaction_expired', 'This was already used.', {
      cause: error,
      detail: `${error.model} ${error.reason}`,
    });
  }
  if (isProgram && error instanceof AppError && error.status === 503) {
    return json(ctx, 503, 'temporarily_unavailable', error.message);
  }
  throw error;
}

function json(ctx: Context, status: number, error: string, description: string): void {
  ctx.status = status;
  ctx.body = { error, error_description: description };
}

/** Nothing was applied, and another request of the same browser changed what this one had read: ask once more. */
function again(ctx: Context): void {
  ctx.status = 303;
  ctx.redirect(`${ctx.path}${ctx.search}`);
}
