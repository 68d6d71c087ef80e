/**
 * Owns what operators do beside a running Gatehouse: one file a group of commands, each of which reads the same settings
 * as the server. Does not own the rules: a command calls the function that the pages or the management API call.
 */
export { accountCommands } from './accounts.ts';
export { auditCommands } from './audit.ts';
export { databaseCommands } from './database.ts';
export { keyCommands } from './keys.ts';
export { mailCommands } from './mail.ts';
export { registrationTokenCommands } from './registration-tokens.ts';
