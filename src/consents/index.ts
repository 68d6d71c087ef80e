/**
 * Owns what accounts allowed clients, and which grants of the artifact store came of it.
 * Does not own when somebody is asked; that is the engine's (oidc) and the pages'.
 */
export { type ConsentContent, consentsRepository } from './consents.repository.ts';
