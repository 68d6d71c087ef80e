import type { ProfileRules } from '../accounts/index.ts';

/** OpenID Connect Core 1.0 section 5.4: which claims a scope releases. */
const claimsByScope: Record<string, string[] | null> = {
  // What the sign-in was worth is in every ID token: an app that cares need not ask first.
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
  iss: null,
  sid: null,
};

const openidScopes = ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'];

/** Those and the scopes that attributes of this Gatehouse's own are released by. */
export function scopesOf({ attributes }: Pick<ProfileRules, 'attributes'>): string[] {
  return [...new Set([...openidScopes, ...attributes.flatMap(({ scope }) => scope ?? [])])];
}

export function claimsOfScopes({ attributes }: Pick<ProfileRules, 'attributes'>): typeof claimsByScope {
  const own = attributes.flatMap(({ name, scope }) => (scope === undefined ? [] : [[scope, name] as const]));
  const all: typeof claimsByScope = { ...claimsByScope };
  for (const [scope, name] of own) all[scope] = [...(all[scope] ?? []), name];
  return all;
}

/** The scope that would release a claim too: a person is asked for both in the same words. */
export function scopeOfClaim(rules: Pick<ProfileRules, 'attributes'>, claim: string): string | undefined {
  const claims = claimsOfScopes(rules);
  return scopesOf(rules).find(scope => claims[scope]?.includes(claim));
}
