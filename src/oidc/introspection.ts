import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import type { createFindAccount } from './find-account.ts';

/** Metadata of ours: the resource indicators of the APIs that this client is. */
export const ownResourceServers = 'resource_servers';

/** A token tells about a person; only the app that has it and the API it is for may ask (RFC 7662 section 5). */
export function isMeantFor(client: Client, token: { clientId?: string | undefined; aud?: unknown }): boolean {
  if (token.clientId === client.clientId) return true;
  const own = (client[ownResourceServers] ?? []) as readonly string[];
  return [token.aud].flat().some(audience => typeof audience === 'string' && own.includes(audience));
}

/** The provider asks for the grant only; who was disabled is no longer here, and neither is what they were given. */
export async function isStillGood(
  ctx: KoaContextWithOIDC,
  token: { accountId?: string | undefined; clientId?: string | undefined },
  findAccount: ReturnType<typeof createFindAccount>,
): Promise<boolean> {
  const { accountId, clientId } = token;
  if (clientId === undefined || (await ctx.oidc.provider.Client.find(clientId)) === undefined) return false;
  return accountId === undefined || (await findAccount(ctx, accountId)) !== undefined;
}
