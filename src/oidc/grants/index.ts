import type { Provider } from 'oidc-provider';
import { certificateThumbprint } from '../client-certificates.ts';
import type { ProviderDeps } from '../configuration.ts';
import { createFindAccount } from '../find-account.ts';
import { createResourceIndicators } from '../resource-indicators.ts';
import { registerJwtBearer } from './jwt-bearer.ts';
import { createReadSubject } from './read-token.ts';
import { registerTokenExchange } from './token-exchange.ts';

/** Grant types that the provider does not bring. */
export function registerGrants(provider: Provider, deps: ProviderDeps): void {
  const { getResourceServerInfo } = createResourceIndicators(deps);
  const readToken = createReadSubject({ ...deps, thumbprintOf: certificateThumbprint });
  registerTokenExchange(provider, { getResourceServerInfo, findAccount: createFindAccount(deps), readToken });
  registerJwtBearer(provider, { ...deps, getResourceServerInfo });
}
