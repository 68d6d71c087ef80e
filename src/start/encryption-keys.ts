import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, type Settings } from '../config/index.ts';
import { newId, newSecret, StartupError } from '../kernel/index.ts';

/** A pair for ENCRYPTION_KEYS. */
export function makeEncryptionKey(): string {
  return `${newId().slice(0, 13)}:${newSecret()}`;
}

/**
 * In development the keys that encrypt secrets at rest are made once and kept beside the data they protect. In
 * production they come from outside (the settings see to that).
 */
export function encryptionKeys(settings: Settings): NonNullable<Settings['encryptionKeys']> {
  if (settings.encryptionKeys !== undefined) return settings.encryptionKeys;
  const file = join(settings.dataDir, 'encryption-keys');
  // Written whole or not at all: half a key would lock us out of our own data.
  if (!existsSync(file))
    writeFileSync(file, `${makeEncryptionKey()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  const { encryptionKeys: keys } = loadSettings({ ENCRYPTION_KEYS: readFileSync(file, 'utf8').trim() });
  if (keys === undefined) throw new StartupError(`The file ${file} is empty. It must hold id:key pairs.`);
  return keys;
}
