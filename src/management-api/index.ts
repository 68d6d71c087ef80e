/**
 * Owns the management API: its operations, who may call them, the OpenAPI document made from them, its documentation
 * page, and the resource server that tokens for it name. Does not own accounts, clients or keys, nor any listener.
 */
export { createManagementApi } from './create-management-api.ts';
export { managementResource, managementResourceServer, managementScopes } from './resource-server.ts';
