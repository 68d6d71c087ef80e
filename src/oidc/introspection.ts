import type { Client } from 'oidc-provider';

/** Metadata of ours: the resource indicators of the APIs that this client is. */
export const ownResourceServers = 'resource_servers';

/** A token tells about a person; only the app that has it and the API it is for may ask (RFC 7662 section 5). */
export function isMeantFor(client: Client, token: { clientId?: string | undefined; aud?: unknown }): boolean {
  if (token.clientId === client.clientId) return true;
  const own = (client[ownResourceServers] ?? []) as readonly string[];
  return [token.aud].flat().some(audience => typeof audience === 'string' && own.includes(audience));
}
