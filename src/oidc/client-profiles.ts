import {
  type Client,
  type ClientMetadata,
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider';
import { ProfileContradiction, type ProfileName, profileProperty, withProfile } from '../clients/index.ts';

type Schema = new (metadata: ClientMetadata, ...rest: unknown[]) => object;

export function profileOf(client: Client | undefined): ProfileName {
  return (client?.[profileProperty] as ProfileName | undefined) ?? 'oidc';
}

/** Every client, wherever its metadata comes from, is what its profile says, or is refused with the reason. */
export function applyProfiles(provider: Provider): void {
  const { Client } = provider as unknown as {
    Client: { Schema: Schema; needsSecret(metadata: ClientMetadata): boolean };
  };
  const { Schema: Plain } = Client;
  const needsSecret = Client.needsSecret.bind(Client);
  class Profiled extends Plain {
    constructor(metadata: ClientMetadata, ...rest: unknown[]) {
      super(complete(metadata), ...rest);
    }
  }
  Object.defineProperty(Client, 'Schema', { get: () => Profiled });
  Client.needsSecret = metadata => needsSecret(complete(metadata));
}

/** @throws InvalidClientMetadata */
function complete(metadata: ClientMetadata): ClientMetadata {
  try {
    return withProfile(metadata);
  } catch (error) {
    if (error instanceof ProfileContradiction) throw new errors.InvalidClientMetadata(error.message);
    throw error;
  }
}

/** What the provider itself knows of FAPI: the claims of request objects and assertions, and their audience. */
export const fapi: NonNullable<Configuration['features']>['fapi'] = {
  enabled: true,
  profile(_ctx: KoaContextWithOIDC, client: Client) {
    const profile = profileOf(client);
    if (profile.startsWith('fapi2')) return '2.0';
    return profile === 'fapi1-advanced' ? '1.0 Final' : undefined;
  },
} as const;

/**
 * Refresh tokens of these clients are bound to a key already, and a rotation that a client does not notice would cost it
 * its access (FAPI 2.0 Security Profile section 5.3.2.1).
 */
export function isRotating(ctx: KoaContextWithOIDC): boolean {
  return !profileOf(ctx.oidc.client).startsWith('fapi');
}
