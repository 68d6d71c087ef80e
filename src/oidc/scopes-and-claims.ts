/** OpenID Connect Core 1.0 section 5.4: which claims a scope releases. */
export const claimsByScope: Record<string, string[] | null> = {
  openid: ['sub'],
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
  acr: null,
  amr: null,
  auth_time: null,
  iss: null,
  sid: null,
};

export const openidScopes = ['openid', 'offline_access', 'profile', 'email', 'address', 'phone'];

/** The scope that would release a claim too: a person is asked for both in the same words. */
export function scopeOfClaim(claim: string): string | undefined {
  return openidScopes.find(scope => claimsByScope[scope]?.includes(claim));
}
