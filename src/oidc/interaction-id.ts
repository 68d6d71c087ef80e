import type { Middleware } from 'koa';

const header = 'x-fapi-interaction-id';
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What a client calls an exchange comes back with the answer, so that both sides find it in their logs (FAPI 1.0 Baseline section 6.2.1). */
export const echoInteractionId: Middleware = async (ctx, next) => {
  const id = ctx.get(header);
  if (uuid.test(id)) ctx.set(header, id);
  await next();
};
