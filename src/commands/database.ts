import type { Command } from 'commander';
import { systemClock } from '../kernel/index.ts';
import { databaseUrl, makeEncryptionKey, migrationsFolder } from '../start/index.ts';
import { migrate } from '../store/index.ts';
import { withSettings } from './with-settings.ts';

/** What comes before the first start. */
export function databaseCommands(program: Command): void {
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
    .command('make-encryption-key')
    .description('Prints a new pair for ENCRYPTION_KEYS.')
    .action(() => console.log(makeEncryptionKey()));
}
