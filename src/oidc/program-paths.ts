/** Endpoints that answer programs, in JSON or JWTs, and never show a page. */
const paths: ReadonlySet<string> = new Set([
  '/token',
  '/token/introspection',
  '/token/revocation',
  '/me',
  '/request',
  '/device/auth',
  '/backchannel',
  '/reg',
  '/jwks',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);

export function isForPrograms(path: string): boolean {
  return paths.has(path) || path.startsWith('/reg/');
}
