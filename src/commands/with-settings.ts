import { loadSettings, type Settings } from '../config/index.ts';
import { type Clock, systemClock } from '../kernel/index.ts';
import { type KeysDeps, localPrivateKeys } from '../keys/index.ts';
import { createLogger } from '../log/index.ts';
import { createMailer, createOutbox, type Outbox } from '../mail/index.ts';
import { collectClosers, encryptionKeys, openTemplates, openUpToDateDatabase } from '../start/index.ts';
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

/** Mail is written here, and sent by the Gatehouse that runs. */
export async function withOutbox(
  work: (deps: KeysDeps & { outbox: Outbox }, settings: Settings) => Promise<void>,
): Promise<void> {
  return withKeys((deps, settings) => {
    const log = createLogger({ level: 'silent' });
    const mailer = createMailer({ url: undefined, from: settings.mailFrom });
    const outbox = createOutbox({ ...deps, log, templates: openTemplates(), mailer });
    return work({ ...deps, outbox: { ...outbox, soon: () => {} } }, settings);
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
