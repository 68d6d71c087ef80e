/**
 * Owns requests of clients for somebody who is elsewhere (OpenID Connect CIBA Core 1.0), until somebody decides.
 * Does not own what a decision gives the client; that is the engine's (oidc).
 */
export { type BackchannelRequest, backchannelRequests, type Decision } from './requests.repository.ts';
