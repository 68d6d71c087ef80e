import {
  type Client,
  errors,
  type KoaContextWithOIDC,
  type ResourceServer as ProviderResourceServer,
} from 'oidc-provider';
import { resourceServersRepository } from '../clients/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Database } from '../store/index.ts';
import { resourcesOfDetails } from './authorization-details/rich-requests.ts';
import type { KnownTypes } from './authorization-details/types.ts';
import { guard } from './guard.ts';
import { rememberBriefly } from './remember-briefly.ts';

interface Granted {
  scopes: ReadonlySet<string>;
  rar?: unknown;
}

/**
 * Resource indicators (RFC 8707) name records: what is not registered is no audience of ours, and a client reaches
 * only the resource servers, and there the scopes, that its own metadata lists.
 */
export function createResourceIndicators({
  database,
  clock,
  detailsTypes,
}: {
  database: Pick<Database, 'pool'>;
  clock: Clock;
  detailsTypes: KnownTypes;
}) {
  const resourceServers = resourceServersRepository(database);
  const findServer = rememberBriefly(clock, identifier => resourceServers.find(identifier));
  return {
    enabled: true,
    // Who wants a token for an API says for which, or asks for details that only one understands.
    defaultResource(ctx: KoaContextWithOIDC, _client: Client, oneOf?: readonly string[]) {
      if (oneOf !== undefined) return oneOf as unknown as string;
      const [first, ...others] = resourcesOfDetails(detailsTypes, ctx);
      return (others.length === 0 ? first : [first, ...others]) as string;
    },
    // A code that also bought `openid` gives the token for userinfo unless the app names the API, or asked for details.
    useGrantedResource: (_ctx: KoaContextWithOIDC, { scopes, rar }: Granted) =>
      !scopes.has('openid') || rar !== undefined,
    getResourceServerInfo: (
      _ctx: KoaContextWithOIDC,
      indicator: string,
      client: Client,
    ): Promise<ProviderResourceServer> =>
      guard(async () => {
        const server = await findServer(indicator);
        if (server === undefined)
          throw new errors.InvalidTarget(`no resource server is registered as ${indicator}`);
        const allowed = allowedScopes(client, indicator);
        if (allowed === undefined)
          throw new errors.InvalidTarget(`this client is not registered for ${indicator}`);
        return {
          scope: server.scopes.filter(scope => allowed.has(scope)).join(' '),
          audience: server.identifier,
          accessTokenTTL: server.accessTokenLifetimeSeconds,
          accessTokenFormat: server.accessTokenFormat,
          ...(server.accessTokenFormat === 'jwt'
            ? { jwt: { sign: { alg: server.accessTokenSigningAlg } } }
            : {}),
        };
      }),
  };
}

/** Metadata of ours: resource indicator → scopes separated by spaces. */
export const resourceScopes = 'resource_scopes';

function allowedScopes(client: Client, indicator: string): ReadonlySet<string> | undefined {
  const byServer = client[resourceScopes] as Record<string, string> | undefined;
  const allowed =
    byServer !== undefined && Object.hasOwn(byServer, indicator) ? byServer[indicator] : undefined;
  return allowed === undefined ? undefined : new Set(allowed.split(' '));
}

/** @throws InvalidClientMetadata */
export function validateResourceScopes(name: string, value: unknown): void {
  const isMap =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every(scopes => typeof scopes === 'string');
  if (!isMap) {
    throw new errors.InvalidClientMetadata(
      `${name} must be an object that maps resource indicators to scopes separated by spaces`,
    );
  }
}
