import type { Clock } from '../kernel/index.ts';

/** A change made elsewhere counts here after this long at the latest. */
const longestMs = 3_000;
const maxEntries = 10_000;

/**
 * One sign-in asks for the same account at the authorization, token and userinfo endpoints within a second, and every
 * token for an API for the same resource server. What does not exist is not remembered: it may come to be.
 */
export function rememberBriefly<Value>(
  clock: Clock,
  find: (key: string) => Promise<Value | undefined>,
): (key: string) => Promise<Value | undefined> {
  const entries = new Map<string, { value: Value; readAt: number }>();
  return async key => {
    const known = entries.get(key);
    if (known !== undefined && Math.abs(clock.now() - known.readAt) < longestMs) return known.value;
    const value = await find(key);
    entries.delete(key);
    if (value === undefined) return undefined;
    // The oldest goes: a Map keeps the order in which entries were made.
    if (entries.size >= maxEntries) entries.delete(entries.keys().next().value ?? '');
    entries.set(key, { value, readAt: clock.now() });
    return value;
  };
}
