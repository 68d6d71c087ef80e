import type { Client } from 'oidc-provider';

/** A browser app may call us from where it receives its codes, and from nowhere else. */
export function isOriginAllowed(client: Client, origin: string): boolean {
  return (client.redirectUris ?? []).some(uri => URL.canParse(uri) && new URL(uri).origin === origin);
}
