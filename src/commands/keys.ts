import { type Command, Option } from 'commander';
import { keyKinds, listKeys, revokeKey, rotateKeys } from '../keys/index.ts';
import { rotationPolicy } from '../start/index.ts';
import { withKeys } from './with-settings.ts';

/** The keys that Gatehouse makes for itself. */
export function keyCommands(program: Command): void {
  const keys = program.command('keys').description('The keys that Gatehouse makes for itself.');

  keys
    .command('list')
    .description('Prints every key: what it is for, whether it is next, active or retired, and until when.')
    .action(() =>
      withKeys(async deps => {
        for (const { id, purpose, algorithm, status, activatesAt, retiresAt } of await listKeys(deps)) {
          const until = retiresAt === null ? '' : ` until ${retiresAt.toISOString()}`;
          console.log(`${id}  ${purpose} ${algorithm}  ${status}, from ${activatesAt.toISOString()}${until}`);
        }
      }),
    );

  keys
    .command('rotate')
    .description(
      'Announces a new key of each kind now. It is used after KEY_ANNOUNCEMENT_HOURS, in every process.',
    )
    .addOption(
      new Option('--purpose <purpose>', 'only keys for this').choices([
        ...new Set(keyKinds.map(({ purpose }) => purpose)),
      ]),
    )
    .option('--now', 'uses it at once: apps that keep a copy of the JWKS have to fetch it again')
    .action(({ purpose, now }: { purpose?: string; now?: true }) =>
      withKeys(async (deps, settings) => {
        const made = await rotateKeys(deps, {
          kinds: keyKinds.filter(kind => purpose === undefined || kind.purpose === purpose),
          announcementMs: now === true ? 0 : rotationPolicy(settings).announcementMs,
        });
        console.log(made.length === 0 ? 'The next keys are announced already.' : `New: ${made.join(', ')}.`);
      }),
    );

  keys
    .command('revoke')
    .argument('<id>', 'as "keys list" prints it')
    .description(
      'For a key that somebody else may have: within 5 seconds nothing it signed is accepted any more.',
    )
    .action((id: string) =>
      withKeys(async deps => {
        await revokeKey(deps, id);
        console.log(`The key ${id} is gone, and another has taken its place.`);
      }),
    );
}
