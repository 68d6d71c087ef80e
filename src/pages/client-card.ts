import type { Client } from 'oidc-provider';
import { accentAddress, logoAddress } from './brand/brand-addresses.ts';
import type { ClientCard } from './view.ts';
import type { Link } from './views/notice.ts';

export function clientCard(client: Client, redirectUri?: unknown): ClientCard {
  return {
    name: nameOf(client),
    logo: logoAddress(client),
    accent: accentAddress(client),
    policyUri: client.policyUri ?? null,
    tosUri: client.tosUri ?? null,
    domain: hostOf(client.clientId) ?? hostOf(redirectUri) ?? null,
  };
}

/** Where it sends people; a client that was never registered is known by nothing but where it describes itself. */
function hostOf(address: unknown): string | undefined {
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  return new URL(address).host || undefined;
}

function nameOf(client: Client): string {
  return client.clientName === undefined || client.clientName === '' ? client.clientId : client.clientName;
}

/** The way back to where the person came from: registered by the client, never taken from a request. */
export function linkBack(client: Client | undefined, text: (app: string) => string): Link | null {
  const url = client?.initiateLoginUri ?? client?.clientUri;
  return client === undefined || url === undefined ? null : { url, text: text(nameOf(client)) };
}
