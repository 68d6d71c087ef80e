import { Provider } from 'oidc-provider';
import { assertRequestedAcr } from './assurance.ts';
import { pingLater } from './backchannel-authentication.ts';
import { cacheClients } from './client-cache.ts';
import { applyProfiles } from './client-profiles.ts';
import { configurationFor, type ProviderDeps } from './configuration.ts';
import { registerGrants } from './grants/index.ts';
import { addScopeClaims } from './id-token-claims.ts';
import { takeOneTraceOnly } from './quiet-errors.ts';
import { nameRefreshTokens } from './refresh-token-adapter.ts';
import { keepBrowserState } from './sign-out/browser-state.ts';

takeOneTraceOnly();

/** The wrapped provider. Making one takes milliseconds and all state is in the adapter, so it can be replaced at any time. */
export function createProvider(deps: ProviderDeps): Provider {
  const provider = new Provider(deps.issuer, configurationFor(deps));
  applyProfiles(provider);
  cacheClients(provider, deps);
  // Every ID token names its session, so that a sign-out can tell whether it means this one (RP-Initiated Logout 1.0 section 2).
  provider.Client.prototype.includeSid = () => true;
  addScopeClaims(provider);
  assertRequestedAcr(provider);
  registerGrants(provider, deps);
  pingLater(provider);
  keepBrowserState(provider);
  nameRefreshTokens(provider, deps.keys.cookie[0] ?? '');
  return provider;
}
