/**
 * Owns which apps still have to be told that somebody signed out, and how often that is tried.
 * Does not own how they are told; that is the engine's (oidc).
 */
export { type DueLogout, type LogoutQueue, logoutQueue } from './logout-queue.repository.ts';
