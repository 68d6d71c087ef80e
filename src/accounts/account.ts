export type AccountStatus =
  | 'active'
  /** By an administrator. */
  | 'disabled'
  /** By its owner, who is back by signing in. */
  | 'deactivated'
  /** By its owner, who may take it back until `closesAt`; then it is erased. */
  | 'closing';

/** OpenID Connect Core 1.0 section 5.1, without `sub`, `email`, `email_verified` and `updated_at`. */
export type ProfileClaims = Record<string, unknown>;

export interface Account {
  id: string;
  status: AccountStatus;
  email: string;
  isEmailVerified: boolean;
  username: string | undefined;
  claims: ProfileClaims;
  /** Of the picture they uploaded. */
  avatarName: string | undefined;
  isOwner: boolean;
  closesAt: Date | undefined;
  createdAt: Date;
  updatedAt: Date;
}

/** One spelling for look-up, so that case, width and composition make no second account: NFKC, lower case, trimmed. */
export function emailKeyOf(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

/** Left by its owner: whoever proves to be that person may take it back, and nothing else. */
export function isAway({ status }: { status: string }): boolean {
  return status === 'deactivated' || status === 'closing';
}

/** Whoever proves to be that person is let in, or is asked first whether they are back. */
export function maySignIn(account: { status: string }): boolean {
  return account.status === 'active' || isAway(account);
}

/** What others know of the person beside the address: a password is more than that. */
export function namesOf({ claims, username }: Account): string {
  const { name, given_name: given, family_name: family, nickname } = claims;
  return [name, given, family, nickname, username].filter(each => typeof each === 'string').join(' ');
}

/** What pages and consent call the person. */
export function displayNameOf(account: Account): string {
  const { name } = account.claims;
  return typeof name === 'string' && name !== '' ? name : account.email;
}
