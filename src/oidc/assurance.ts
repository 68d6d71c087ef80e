import { errors, interactionPolicy, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import {
  type Achieved,
  type Acr,
  type AssessDeps,
  acrValues,
  assertedAcr,
  assess,
  isAcr,
  phishingResistant,
  type Requested,
  singleFactor,
  standingRepository,
} from '../mfa/index.ts';
import { trustedBrowserTokens } from './trusted-browser-cookie.ts';

/** The least that this client takes, whatever it asks for: only administrators say so. */
export const minimumAcr = 'minimum_acr';

/** The name of our prompt for who is signed in and has to prove more. */
export const assurancePrompt = 'assurance';

interface RequestParams {
  acr_values?: unknown;
  claims?: unknown;
}

/**
 * What a request asks of the sign-in. An essential claim counts before `acr_values`, which are never essential (OpenID
 * Connect Core 1.0 sections 3.1.2.1 and 5.5.1.1); the library would let them take its place.
 * @param params of a request that the provider has validated
 */
export function requestedAcr({ acr_values: values, claims }: RequestParams): Requested {
  const claim = acrClaimOf(claims);
  const claimed = [claim?.value, claim?.values].flat().filter(each => typeof each === 'string');
  if (claimed.length > 0 && claim?.essential === true) return { values: claimed, isEssential: true };
  const named = typeof values === 'string' ? values.split(' ') : [];
  return { values: [...named, ...claimed], isEssential: false };
}

interface AcrClaim {
  essential?: unknown;
  value?: unknown;
  values?: unknown;
}

function acrClaimOf(claims: unknown): AcrClaim | undefined {
  if (typeof claims !== 'string') return undefined;
  const parsed = JSON.parse(claims) as { id_token?: { acr?: AcrClaim | null } | null } | null;
  return parsed?.id_token?.acr ?? undefined;
}

interface SessionFacts {
  acr?: string | undefined;
  amr?: string[] | undefined;
  loginTs?: number | undefined;
}

/** What the session in this browser has reached. */
export function achievedIn(session: SessionFacts): Achieved {
  return {
    acr: isAcr(session.acr) ? session.acr : singleFactor,
    amr: session.amr ?? [],
    at: session.loginTs ?? 0,
  };
}

export function minimumOf(client: Readonly<Record<string, unknown>>): Acr | undefined {
  const value = client[minimumAcr];
  return isAcr(value) ? value : undefined;
}

export interface AssurancePolicyDeps extends AssessDeps {
  issuer: string;
}

/**
 * The prompt after `login`: is the session in this browser worth what is asked of it? Every authorization request passes
 * here, silent ones and those of devices included, with the same resolver that led through the pages.
 */
export function assurancePolicy(deps: AssurancePolicyDeps): interactionPolicy.Prompt {
  const standings = standingRepository(deps.database, deps.factorPolicies);
  const check = new interactionPolicy.Check(
    'assurance_missing',
    'the sign-in is not worth what was asked for',
    async ctx => {
      const { session, client, params } = ctx.oidc;
      if (session?.accountId === undefined || client === undefined) return false;
      const { acr: achieved } = achievedIn(session);
      // There is nothing more to reach: whatever is asked, and whatever the account has.
      if (achieved === phishingResistant) return false;
      const input = {
        accountId: session.accountId,
        achieved,
        requested: requestedAcr(params ?? {}),
        minimum: minimumOf(client),
        browserTokens: trustedBrowserTokens(ctx, deps.issuer),
      };
      const assessed = await assess(deps, input, standings);
      const missing = assessed?.missing ?? { step: 'nothing' };
      if (missing.step === 'impossible') throw unmet();
      if (missing.step === 'enrol' && missing.dueAt !== undefined) return false;
      return missing.step !== 'nothing';
    },
  );
  return new interactionPolicy.Prompt({ name: assurancePrompt, requestable: false }, check);
}

/** What is essential and unknown here nobody can ever prove: said before anybody is asked anything. */
export function withoutUnknownAcr(policy: interactionPolicy.DefaultPolicy): void {
  const checks = policy.get('login')?.checks;
  // Ours knows that more is enough, and that "essential" may stand beside acr_values.
  checks?.remove('essential_acrs');
  checks?.remove('essential_acr');
  checks?.add(
    new interactionPolicy.Check('acr_unknown', 'none of the requested acr values is known here', ctx => {
      const { values, isEssential } = requestedAcr(ctx.oidc.params ?? {});
      if (isEssential && !values.some(isAcr)) throw unmet();
      return false;
    }),
  );
}

/** OpenID Connect Core Error Code unmet_authentication_requirements 1.0. */
function unmet(): Error {
  return new errors.UnmetAuthenticationRequirements(
    `the account cannot reach what was asked for; known are ${acrValues.join(' ')}`,
  );
}

/** Codes and ID tokens say the highest of the requested values that is true. */
export function assertRequestedAcr(provider: Provider): void {
  const { OIDCContext } = provider as unknown as { OIDCContext: { prototype: object } };
  Object.defineProperty(OIDCContext.prototype, 'acr', {
    get(this: KoaContextWithOIDC['oidc']): string | undefined {
      if (this.session?.accountId === undefined) return undefined;
      return assertedAcr(achievedIn(this.session).acr, requestedAcr(this.params ?? {}));
    },
  });
}
