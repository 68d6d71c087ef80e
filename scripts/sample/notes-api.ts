import type { Router } from '@koa/router';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Notes } from './pages.ts';
import type { SampleInput } from './sample-input.ts';

/** An API of somebody else: it knows the issuer's address, asks for its keys, and trusts nothing it has not verified. */
export function notesApi(router: Router, { issuer, resource, apiScope }: SampleInput): void {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;

  async function keySet() {
    if (keys !== undefined) return keys;
    const response = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri: uri } = (await response.json()) as { jwks_uri: string };
    return (keys = createRemoteJWKSet(new URL(uri)));
  }

  router.get('/api/notes', async ctx => {
    const [scheme, token = ''] = ctx.get('Authorization').split(' ');
    try {
      if (scheme?.toLowerCase() !== 'bearer') throw new errors.JWTInvalid('no bearer token');
      // RFC 9068 section 4.
      const { payload, protectedHeader } = await jwtVerify(token, await keySet(), {
        issuer,
        audience: resource,
        typ: 'at+jwt',
        algorithms: ['ES256'],
      });
      const scopes = String(payload['scope']).split(' ');
      if (!scopes.includes(apiScope)) throw new errors.JWTInvalid(`the scope ${apiScope} is missing`);
      ctx.body = {
        verified: true,
        algorithm: protectedHeader.alg,
        audience: String(payload.aud),
        scope: String(payload['scope']),
        sub: payload.sub ?? '',
        notes: ['Buy lamp oil', 'Oil the gate'],
      } satisfies Notes;
    } catch (error) {
      ctx.status = 401;
      ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
      ctx.body = {
        verified: false,
        reason: error instanceof Error ? error.message : 'unknown',
      } satisfies Notes;
    }
  });
}
