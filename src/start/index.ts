/**
 * Owns the order in which a Gatehouse comes up and goes down, and what it tells the person who started it.
 * Does not own any of the parts.
 */
export { collectClosers } from './close-all.ts';
export { encryptionKeys, makeEncryptionKey } from './encryption-keys.ts';
export { databaseUrl, migrationsFolder, openUpToDateDatabase } from './open-storage.ts';
export { openTemplates } from './open-templates.ts';
export { codePolicy, limitsOnAttempts, profileRules, rotationPolicy } from './policies.ts';
export { serve } from './serve.ts';
export type { Gatehouse } from './start-gatehouse.ts';
export { startGatehouse } from './start-when-needed.ts';
export { welcome } from './welcome.ts';
