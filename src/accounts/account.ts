export type AccountStatus = 'active' | 'disabled' | 'closed';

/** OpenID Connect Core 1.0 section 5.1, without `sub`, `email`, `email_verified` and `updated_at`. */
export type ProfileClaims = Record<string, unknown>;

export interface Account {
  id: string;
  status: AccountStatus;
  email: string;
  isEmailVerified: boolean;
  claims: ProfileClaims;
  isOwner: boolean;
  createdAt: Date;
  updatedAt: Date;
}

/** One spelling for look-up, so that case, width and composition make no second account: NFKC, lower case, trimmed. */
export function emailKeyOf(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** What pages and consent call the person. */
export function displayNameOf(account: Account): string {
  const { name } = account.claims;
  return typeof name === 'string' && name !== '' ? name : account.email;
}
