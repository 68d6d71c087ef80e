import type { ResourceServer } from '../clients/index.ts';

/** A scope is what a client may ask for. It is necessary for an operation, never sufficient: see authorize.ts. */
export const managementScopes = [
  'accounts:read',
  'accounts:write',
  'roles:read',
  'roles:write',
  'roles:grant',
  'decisions:read',
  'clients:read',
  'clients:write',
  'sessions:read',
  'sessions:write',
  'grants:read',
  'grants:write',
  'connectors:read',
  'connectors:write',
  'keys:rotate',
  'audit:read',
  'settings:read',
  'settings:write',
] as const;

export type ManagementScope = (typeof managementScopes)[number];

/** The resource indicator (RFC 8707) that a client asks for, and the audience of the token it is given. */
export const managementResource = (issuer: string): string => `${issuer}/api`;

/** The record to save, so that the provider gives out tokens for this API. */
export function managementResourceServer(issuer: string): ResourceServer {
  return {
    identifier: managementResource(issuer),
    name: 'Gatehouse management API',
    scopes: [...managementScopes],
    accessTokenFormat: 'jwt',
    accessTokenSigningAlg: 'ES256',
    accessTokenLifetimeSeconds: 600,
    tokenClaims: [],
  };
}
