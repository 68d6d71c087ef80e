/**
 * Owns the wrapped provider: its configuration, where its records live, how clients and accounts look to it.
 * Does not own the pages people see; they are passed in.
 */
export { accountClient, accountClientMetadata } from './account-client.ts';
export { achievedIn, assurancePrompt, minimumOf, requestedAcr } from './assurance.ts';
export { authorizationByPost } from './authorization-by-post.ts';
export { parseDetails } from './authorization-details/requested-details.ts';
export {
  type AuthorizationDetailsTypes,
  openAuthorizationDetailsTypes,
} from './authorization-details/types.ts';
export {
  type DecideBackchannelRequest,
  decideBackchannelRequest,
} from './backchannel-authentication.ts';
export { brandColor } from './client-metadata.ts';
export type { RegistrationMode } from './client-registration.ts';
export type { ProviderDeps } from './configuration.ts';
export { isFirstParty, rememberConsent, withdrawConsent } from './consent.ts';
export { browserStateCookie } from './cookies.ts';
export { createProvider } from './create-provider.ts';
export { emptyAnswers } from './empty-answers.ts';
export { echoInteractionId } from './interaction-id.ts';
export type { RefreshTokenPolicy, SessionPolicy } from './lifetimes.ts';
export { isForPrograms } from './program-paths.ts';
export type { ProviderPages } from './provider-pages.ts';
export { publicDocuments } from './public-documents.ts';
export { recordSessions } from './record-sessions.ts';
export { recordUseOfClients } from './record-use.ts';
export { requestByReference } from './request-by-reference.ts';
export { requestUnit } from './request-unit.ts';
export { scopeOfClaim, scopesOf } from './scopes-and-claims.ts';
export { appsTold, type ToldApp } from './sign-out/apps-told.ts';
export { type BackChannel, createBackChannel } from './sign-out/back-channel.ts';
export { type EndSessions, endSessionsOf, limitSessions } from './sign-out/end-sessions.ts';
export { clientsOfSession } from './sign-out/find-session.ts';
export { rememberTrustedBrowser, trustedBrowserTokens } from './trusted-browser-cookie.ts';
export { watchProvider } from './watch-provider.ts';
