import {
  errors,
  type KoaContextWithOIDC,
  type ResourceServer as ProviderResourceServer,
} from 'oidc-provider';
import { resourceServersRepository } from '../clients/index.ts';
import type { Database } from '../store/index.ts';
import { guard } from './guard.ts';

/** Resource indicators (RFC 8707) name records: what is not registered is no audience of ours. */
export function createResourceIndicators(database: Pick<Database, 'pool'>) {
  const resourceServers = resourceServersRepository(database);
  return {
    enabled: true,
    defaultResource: () => undefined as unknown as string,
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx: KoaContextWithOIDC, indicator: string): Promise<ProviderResourceServer> =>
      guard(async () => {
        const server = await resourceServers.find(indicator);
        if (server === undefined)
          throw new errors.InvalidTarget(`no resource server is registered as ${indicator}`);
        return {
          scope: server.scopes.join(' '),
          audience: server.identifier,
          accessTokenTTL: server.accessTokenLifetimeSeconds,
          accessTokenFormat: server.accessTokenFormat,
          ...(server.accessTokenFormat === 'jwt'
            ? { jwt: { sign: { alg: server.accessTokenSigningAlg } } }
            : {}),
        } as ProviderResourceServer;
      }),
  };
}
