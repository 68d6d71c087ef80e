import { resourceServersRepository } from '../../clients/index.ts';
import { scopeOfClaim, scopesOf } from '../../oidc/index.ts';
import type { StepRequest } from './step-request.ts';

export interface AskedScope {
  name: string;
  /** Name of the API it belongs to; undefined for OpenID Connect's own. */
  api: string | undefined;
  /** The person may leave it out. Claims asked for one by one, what an app cannot work without, and what was allowed before, is no choice. */
  isOptional: boolean;
}

/** What the provider found missing (the details of its consent prompt). */
export interface MissingScopes {
  openid: readonly string[];
  claims: readonly string[];
  /** By resource indicator. */
  resources: Readonly<Record<string, readonly string[]>>;
}

const alwaysNeeded: ReadonlySet<string> = new Set(['openid', 'profile', 'email']);

export function missingScopes({ interaction }: Pick<StepRequest, 'interaction'>): MissingScopes {
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = interaction.prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  return {
    openid: missingOIDCScope ?? [],
    claims: missingOIDCClaims ?? [],
    resources: missingResourceScopes ?? {},
  };
}

/** Only what is new, unless the app asked for the whole question again (`prompt=consent`). */
export async function askedScopes(request: StepRequest): Promise<AskedScope[]> {
  const { interaction, deps } = request;
  const { profileRules } = deps;
  const missing = missingScopes(request);
  const isAskedAgain = interaction.prompt.reasons.includes('consent_prompt');
  const requested = words(interaction.params['scope']);

  const ofClaims = new Set(missing.claims.map(claim => scopeOfClaim(profileRules, claim)));
  const own = scopesOf(profileRules).filter(
    name => ofClaims.has(name) || (isAskedAgain ? requested : missing.openid).includes(name),
  );
  const indicators = isAskedAgain ? list(interaction.params['resource']) : Object.keys(missing.resources);
  const servers = resourceServersRepository(request.deps.database);
  const ofServers = indicators.map(async (indicator): Promise<AskedScope[]> => {
    const server = await servers.find(indicator);
    const isNew = (name: string) => missing.resources[indicator]?.includes(name) === true;
    const names = requested.filter(name => isNew(name) || (isAskedAgain && server?.scopes.includes(name)));
    return names.map(name => ({ name, api: server?.name ?? indicator, isOptional: isNew(name) }));
  });
  return [
    ...own.map(name => ({
      name,
      api: undefined,
      isOptional: missing.openid.includes(name) && !alwaysNeeded.has(name) && !ofClaims.has(name),
    })),
    ...(await Promise.all(ofServers)).flat(),
  ];
}

function words(value: unknown): string[] {
  return typeof value === 'string' ? value.split(' ') : [];
}

function list(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter(item => typeof item === 'string');
  return typeof value === 'string' ? [value] : [];
}
