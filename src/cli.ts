import { Command } from 'commander';
import {
  accountCommands,
  auditCommands,
  databaseCommands,
  keyCommands,
  mailCommands,
  registrationTokenCommands,
} from './commands/index.ts';
import { StartupError } from './kernel/index.ts';

/** What operators do beside a running Gatehouse. */
const program = new Command('gatehouse').description('Operates a Gatehouse.').showHelpAfterError();

for (const add of [
  databaseCommands,
  accountCommands,
  mailCommands,
  keyCommands,
  auditCommands,
  registrationTokenCommands,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
