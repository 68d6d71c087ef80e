/**
 * Owns account records: who exists, in which state, with which profile claims.
 * Does not own how a person proves to be one (passwords, factors) nor what a relying party sees (oidc).
 */
export {
  type Account,
  type AccountStatus,
  displayNameOf,
  emailKeyOf,
  isAway,
  maySignIn,
  namesOf,
  type ProfileClaims,
} from './account.ts';
export { accountsRepository } from './accounts.repository.ts';
export { createAccount, type NewAccount } from './create-account.ts';
export { renewCredentialEpoch } from './credential-epoch.ts';
export {
  closeAccount,
  deactivateAccount,
  type LeaveDeps,
  orderErasure,
  reopenAccount,
} from './leave-account.ts';
export {
  type Attribute,
  attributeValue,
  isDay,
  missingClaims,
  type ProfileRules,
} from './profile-rules.ts';
export { createSetupLink, isSetupLinkUsable, setUpFirstAccount } from './setup-links.ts';
export { type ProfileChange, updateProfile } from './update-profile.ts';
export { isUsername, isUsernameTaken, usernameKeyOf } from './username.ts';
