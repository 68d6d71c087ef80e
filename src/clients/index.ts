/**
 * Owns registered clients and resource servers as records.
 * Does not own how a client authenticates or what it is given; that is the engine's (oidc).
 */
export type { ClientMetadata, ResourceServer, StoredClient } from './client-record.ts';
export { clientsRepository, resourceServersRepository } from './clients.repository.ts';
export { saveClient, saveResourceServer } from './save-client.ts';
