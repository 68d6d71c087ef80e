import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  type AuthorizationDetailsType,
  accessTokenAlgorithms,
  accessTokenFormats,
  type ClientMetadata,
  type ResourceServer,
  tokenClaims,
} from '../clients/index.ts';

const plan = z.strictObject({
  account: z.strictObject({ email: z.email(), claims: z.record(z.string(), z.unknown()) }),
  resource_servers: z.array(
    z.strictObject({
      identifier: z.url(),
      name: z.string(),
      scopes: z.array(z.string()),
      access_token_format: z.enum(accessTokenFormats).default('jwt'),
      access_token_signing_alg: z.enum(accessTokenAlgorithms).default('ES256'),
      access_token_lifetime_seconds: z.int().default(600),
      token_claims: z.array(z.enum(tokenClaims)).default([]),
    }),
  ),
  authorization_details_types: z.array(
    z.strictObject({
      type: z.string(),
      resource_server: z.url(),
      name: z.string(),
      schema: z.record(z.string(), z.unknown()),
    }),
  ),
  roles: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      permissions: z.array(z.strictObject({ resource_server: z.url(), permission: z.string() })),
      clients: z.array(z.string()),
    }),
  ),
  clients: z.array(z.looseObject({ client_id: z.string(), token_endpoint_auth_method: z.string() })),
});

export interface DemoPlan {
  account: { email: string; claims: Record<string, unknown> };
  resourceServers: ResourceServer[];
  authorizationDetailsTypes: AuthorizationDetailsType[];
  clients: ClientMetadata[];
  roles: {
    name: string;
    description: string;
    permissions: { resourceServer: string; permission: string }[];
    /** Who has it. */
    clients: string[];
  }[];
}

const file = new URL('../../config/demo.yaml', import.meta.url);

/** config/demo.yaml, with the addresses of this Gatehouse filled in. */
export function readDemoPlan(addresses: { issuer: string; sample: string }): DemoPlan {
  const text = readFileSync(file, 'utf8')
    .replaceAll('{issuer}', addresses.issuer)
    .replaceAll('{sample}', addresses.sample);
  const { account, resource_servers, authorization_details_types, clients, roles } = plan.parse(parse(text));
  return {
    account,
    resourceServers: resource_servers.map(({ identifier, name, scopes, ...tokens }) => ({
      identifier,
      name,
      scopes,
      accessTokenFormat: tokens.access_token_format,
      accessTokenSigningAlg: tokens.access_token_signing_alg,
      accessTokenLifetimeSeconds: tokens.access_token_lifetime_seconds,
      tokenClaims: tokens.token_claims,
    })),
    authorizationDetailsTypes: authorization_details_types.map(({ resource_server, ...type }) => ({
      ...type,
      resourceServer: resource_server,
    })),
    clients,
    roles: roles.map(({ permissions, ...role }) => ({
      ...role,
      permissions: permissions.map(({ resource_server: resourceServer, permission }) => ({
        resourceServer,
        permission,
      })),
    })),
  };
}

export function needsSecret(client: ClientMetadata): boolean {
  return String(client['token_endpoint_auth_method']).startsWith('client_secret');
}
