import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';
import { newSecret } from '../../src/kernel/index.ts';
import { signingAlgorithms } from '../../src/keys/index.ts';
import type { Subject } from './subject.ts';
import { client, resource } from './workload.ts';

const lifetimes = {
  AccessToken: 600,
  AuthorizationCode: 60,
  BackchannelAuthenticationRequest: 300,
  ClientCredentials: 600,
  DeviceCode: 600,
  Grant: 9_000_000,
  IdToken: 3600,
  RefreshToken: 1_209_600,
  Session: 86_400,
};

const nothing = () => Promise.resolve();

/** A key for each algorithm that Gatehouse signs with, in its order. */
function keysOfOurs(): Promise<JWK[]> {
  return Promise.all(
    signingAlgorithms.map(async alg => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `bench-${alg}` };
    }),
  );
}

/** The library as it comes, with its memory adapter, which also holds the client; the same keys, features and rules as ours. */
export async function bare(issuer: string): Promise<Subject> {
  const cookieKey = newSecret();
  const provider = new Provider(issuer, {
    jwks: { keys: await keysOfOurs() },
    cookies: { keys: [cookieKey] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: 'ada@example.com', email_verified: true }),
    }),
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: lifetimes,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      ciba: {
        enabled: true,
        deliveryModes: ['poll'],
        // Asked for when a request is made, which is not measured.
        triggerAuthenticationDevice: nothing,
        validateRequestContext: nothing,
        verifyUserCode: nothing,
      },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: { enabled: true },
      encryption: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtResponseModes: { enabled: true },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'notes:read',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  // Where clients are in any installation that registers them at run time.
  const { adapter } = provider.Client as unknown as {
    adapter: { upsert(id: string, metadata: object): Promise<void> };
  };
  await adapter.upsert(client.metadata.client_id, { ...client.metadata, client_secret: client.secret });
  return { provider, handler: provider.callback(), accountId: 'ada', cookieKey };
}
