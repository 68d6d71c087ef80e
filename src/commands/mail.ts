import type { Command } from 'commander';
import { isId, StartupError } from '../kernel/index.ts';
import { outgoingMails } from '../mail/index.ts';
import { withKeys } from './with-settings.ts';

/** Mail that has not left. Who it is for is not said: the words are sealed. */
export function mailCommands(program: Command): void {
  const mail = program.command('mail').description('Mail on its way.');

  mail
    .command('list')
    .description('Prints what waits, and what was given up after two days, with the reason.')
    .action(() =>
      withKeys(async deps => {
        for (const row of await outgoingMails(deps).listUnsent()) {
          const next = row.dueAt === null ? 'given up' : `next try at ${row.dueAt.toISOString()}`;
          const reason = row.lastError === null ? '' : `  ${row.lastError}`;
          console.log(`${row.id}  ${row.name}  ${row.attempts} attempts, ${next}${reason}`);
        }
      }),
    );

  mail
    .command('retry')
    .argument('[id]', 'as "mail list" prints it; all unless given')
    .description('Has the running Gatehouse try again at once, from the first attempt on.')
    .action((id: string | undefined) =>
      withKeys(async deps => {
        if (id !== undefined && !isId(id)) throw new StartupError(`"${id}" is not the id of a mail.`);
        const count = await outgoingMails(deps).retry(id);
        if (count === 0) throw new StartupError('No such mail is waiting. "mail list" shows all.');
        console.log(count === 1 ? 'It is tried again.' : `${count} mails are tried again.`);
      }),
    );
}
