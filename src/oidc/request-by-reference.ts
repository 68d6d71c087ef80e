import { hash } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import type { GuardedFetch } from '../http/index.ts';
import { requestUris } from './client-metadata.ts';

const pushedPrefix = 'urn:ietf:params:oauth:request_uri:';

export interface RequestByReferenceDeps {
  provider: () => Provider;
  fetch: GuardedFetch;
}

/**
 * The provider takes a request object by value; here one comes by reference (OpenID Connect Core 1.0 section 6.2, RFC 9101
 * section 5.2): from an address that its client registered, fetched and passed on. Where that fails the provider is given
 * a pushed request that does not exist, so that it answers `invalid_request_uri` in its own way, to whom it may.
 */
export function requestByReference({ provider, fetch }: RequestByReferenceDeps): Middleware {
  return async (ctx, next) => {
    const uri = ctx.path === '/auth' ? ctx.query['request_uri'] : undefined;
    if (typeof uri === 'string' && !uri.startsWith(pushedPrefix) && ctx.query['request'] === undefined) {
      const client = await provider().Client.find(String(ctx.query['client_id']));
      const registered = (client?.[requestUris] ?? []) as readonly string[];
      const request = registered.includes(uri) ? await fetchRequest(fetch, uri) : undefined;
      const { request_uri: _, ...rest } = ctx.query;
      ctx.query =
        request === undefined ? { ...rest, request_uri: `${pushedPrefix}refused` } : { ...rest, request };
    }
    await next();
  };
}

async function fetchRequest(fetch: GuardedFetch, uri: string): Promise<string | undefined> {
  const url = new URL(uri);
  const expected = url.hash.slice(1);
  url.hash = '';
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/oauth-authz-req+jwt, application/jwt' },
    });
    const text = (await response.text()).trim();
    if (response.status !== 200 || text === '') return undefined;
    // The fragment of a registered address may be the digest of what stands there.
    if (isDigest(expected) && hash('sha256', text, 'base64url') !== expected) return undefined;
    return text;
  } catch {
    return undefined;
  }
}

function isDigest(fragment: string): boolean {
  return /^[\w-]{43}$/.test(fragment);
}
