import { loadSettings, type Settings } from '../config/index.ts';
import { type Clock, systemClock } from '../kernel/index.ts';
import { type KeysDeps, localPrivateKeys } from '../keys/index.ts';
import { collectClosers, encryptionKeys, openUpToDateDatabase } from '../start/index.ts';
import { createSealer, type Database } from '../store/index.ts';

export async function withDatabase(
  work: (deps: { database: Database; clock: Clock }, settings: Settings) => Promise<void>,
): Promise<void> {
  return withSettings(async (settings, closers) => {
    const database = await openUpToDateDatabase({ settings, clock: systemClock, closers });
    await work({ database, clock: systemClock }, settings);
  });
}

export async function withKeys(work: (deps: KeysDeps, settings: Settings) => Promise<void>): Promise<void> {
  return withDatabase((deps, settings) => {
    const sealer = createSealer(encryptionKeys(settings));
    return work({ ...deps, sealer, privateKeys: localPrivateKeys }, settings);
  });
}

export async function withSettings(
  work: (settings: Settings, closers: ReturnType<typeof collectClosers>) => Promise<void>,
): Promise<void> {
  const settings = loadSettings(process.env);
  const closers = collectClosers();
  try {
    await work(settings, closers);
  } finally {
    await closers.closeAll();
  }
}
