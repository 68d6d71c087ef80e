import { Command } from 'commander';
import { createSetupLink } from './accounts/index.ts';
import { loadSettings } from './config/index.ts';
import { StartupError, systemClock } from './kernel/index.ts';
import {
  collectClosers,
  databaseUrl,
  makeEncryptionKey,
  migrationsFolder,
  openUpToDateDatabase,
} from './start/index.ts';
import { migrate } from './store/index.ts';

/** What operators do beside a running Gatehouse. Each command reads the same settings as the server. */
const program = new Command('gatehouse').description('Operates a Gatehouse.').showHelpAfterError();

program
  .command('migrate')
  .description('Brings the database up to date. Safe to run at any time, from any number of machines.')
  .action(() =>
    withSettings(async (settings, closers) => {
      const url = await databaseUrl({ settings, clock: systemClock, closers });
      const applied = await migrate({ url, folder: migrationsFolder, clock: systemClock });
      console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`);
    }),
  );

program
  .command('setup-link')
  .description('Prints a new link for the first administrator. Links printed before no longer work.')
  .action(() =>
    withSettings(async (settings, closers) => {
      const database = await openUpToDateDatabase({ settings, clock: systemClock, closers });
      const token = await createSetupLink({ database, clock: systemClock });
      if (token === undefined) throw new StartupError('There is an administrator already. No link was made.');
      console.log(`${settings.issuer}/setup/${token}`);
    }),
  );

program
  .command('make-encryption-key')
  .description('Prints a new pair for ENCRYPTION_KEYS.')
  .action(() => console.log(makeEncryptionKey()));

async function withSettings(
  work: (
    settings: ReturnType<typeof loadSettings>,
    closers: ReturnType<typeof collectClosers>,
  ) => Promise<void>,
): Promise<void> {
  const settings = loadSettings(process.env);
  const closers = collectClosers();
  try {
    await work(settings, closers);
  } finally {
    await closers.closeAll();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
