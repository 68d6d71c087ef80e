/**
 * Owns the record of where people are signed in. Does not own the sessions themselves, which are artifacts, nor how one
 * ends (oidc).
 */
export { type Sessions, sessionsRepository } from './sessions.repository.ts';
