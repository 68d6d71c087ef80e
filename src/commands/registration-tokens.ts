import { type Command, InvalidArgumentError } from 'commander';
import {
  createInitialAccessToken,
  listInitialAccessTokens,
  revokeInitialAccessToken,
} from '../clients/index.ts';
import { isId, StartupError } from '../kernel/index.ts';
import { withDatabase } from './with-settings.ts';

/** Initial access tokens, with which apps register themselves (RFC 7591). */
export function registrationTokenCommands(program: Command): void {
  const registrationTokens = program
    .command('registration-tokens')
    .description('Initial access tokens, with which apps register themselves (RFC 7591).');

  registrationTokens
    .command('create')
    .description('Prints a new token, this once.')
    .option('--quota <clients>', 'how many clients it may register', count, 1)
    .option('--days <days>', 'how long it lasts', count, 7)
    .option('--scope <scopes>', 'what these clients may ask for, separated by spaces; anything unless given')
    .action(({ quota, days, scope }: { quota: number; days: number; scope?: string }) =>
      withDatabase(async deps => {
        console.log(await createInitialAccessToken(deps, { quota, days, scope: scope ?? null }));
      }),
    );

  registrationTokens
    .command('list')
    .description('Prints those that have not expired.')
    .action(() =>
      withDatabase(async deps => {
        for (const { id, used, quota, scope, expiresAt } of await listInitialAccessTokens(deps)) {
          const asks = scope === null ? 'any scope' : scope;
          console.log(`${id}  ${used} of ${quota} clients  ${asks}  until ${expiresAt.toISOString()}`);
        }
      }),
    );

  registrationTokens
    .command('revoke')
    .argument('<id>', 'as "registration-tokens list" prints it')
    .description('Ends a token. Clients that it registered stay.')
    .action((id: string) =>
      withDatabase(async deps => {
        if (!isId(id) || !(await revokeInitialAccessToken(deps, id))) {
          throw new StartupError(`There is no token ${id}. "registration-tokens list" shows all.`);
        }
        console.log(`The token ${id} is good for nothing any more.`);
      }),
    );
}

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
}
