/**
 * Owns every setting: its name, default, format and description, and reads them once at start.
 * Does not own what a setting means; that stands with the code that is handed the value.
 */
export type { Definition } from './definition.ts';
export { definitions, type SettingName } from './definitions.ts';
export type { EncryptionKey } from './formats.ts';
export { type Environment, loadSettings, type Settings } from './load-settings.ts';
