import type { Command } from 'commander';
import { createSetupLink } from '../accounts/index.ts';
import { StartupError } from '../kernel/index.ts';
import { createResetLink } from '../recovery/index.ts';
import { withDatabase, withKeys } from './with-settings.ts';

/** Helps people whom the pages cannot help. */
export function accountCommands(program: Command): void {
  program
    .command('setup-link')
    .description('Prints a new link for the first administrator. Links printed before no longer work.')
    .action(() =>
      withDatabase(async (deps, { issuer }) => {
        const token = await createSetupLink(deps);
        if (token === undefined) {
          throw new StartupError('There is an administrator already. No link was made.');
        }
        console.log(`${issuer}/setup/${token}`);
      }),
    );

  program
    .command('reset-link')
    .argument('<email>', 'of the account')
    .description('Prints a link with which somebody chooses a new password, for 30 minutes. Know who asks.')
    .action((email: string) =>
      withKeys(async (deps, { issuer }) => {
        const token = await createResetLink(deps, email);
        if (token === undefined) {
          throw new StartupError(`There is no active account with the address ${email}.`);
        }
        console.log(`${issuer}/recover/${token}`);
      }),
    );
}
