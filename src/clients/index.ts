/**
 * Owns registered clients and resource servers as records, and who may register clients.
 * Does not own how a client authenticates or what it is given; that is the engine's (oidc).
 */
export {
  type AuthorizationDetailsType,
  accessTokenAlgorithms,
  accessTokenFormats,
  type ClientMetadata,
  type ResourceServer,
  type StoredClient,
  type TokenClaim,
  tokenClaims,
} from './client-record.ts';
export {
  authorizationDetailsTypesRepository,
  clientsRepository,
  resourceServersRepository,
} from './clients.repository.ts';
export {
  ProfileContradiction,
  type ProfileName,
  profileProperty,
  withProfile,
} from './profiles.ts';
export {
  createInitialAccessToken,
  findInitialAccessToken,
  listInitialAccessTokens,
  recordUse,
  removeUnusedClients,
  revokeInitialAccessToken,
} from './registration.ts';
export { saveAuthorizationDetailsType, saveClient, saveResourceServer } from './save-client.ts';
export {
  addSelfRegistered,
  bindingOfClient,
  registrationTokens,
  removeSelfRegistered,
  resealClientSecrets,
  updateSelfRegistered,
} from './self-registered.ts';
