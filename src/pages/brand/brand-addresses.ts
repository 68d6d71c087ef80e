import type { Client } from 'oidc-provider';
import { brandColor } from '../../oidc/index.ts';

/** Where the brand of a client is, on our own address: see brand-routes.ts. */
export function accentAddress(client: Client): string | null {
  const color = colorOf(client);
  return color === undefined ? null : `/brand/accent/${color.slice(1).toLowerCase()}.css`;
}

export function logoAddress({ clientId, logoUri }: Client): string | null {
  return logoUri === undefined ? null : `/brand/logo/${encodeURIComponent(clientId)}`;
}

export function colorOf(client: Client): string | undefined {
  return client[brandColor] as string | undefined;
}
