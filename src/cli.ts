import { Command, InvalidArgumentError, Option } from 'commander';
import { createSetupLink } from './accounts/index.ts';
import {
  createInitialAccessToken,
  listInitialAccessTokens,
  revokeInitialAccessToken,
} from './clients/index.ts';
import { loadSettings, type Settings } from './config/index.ts';
import { type Clock, isId, StartupError, systemClock } from './kernel/index.ts';
import { type KeysDeps, keyKinds, listKeys, localPrivateKeys, revokeKey, rotateKeys } from './keys/index.ts';
import { createResetLink } from './recovery/index.ts';
import {
  collectClosers,
  databaseUrl,
  encryptionKeys,
  makeEncryptionKey,
  migrationsFolder,
  openUpToDateDatabase,
  rotationPolicy,
} from './start/index.ts';
import { createSealer, type Database, migrate } from './store/index.ts';

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
  .command('reset-link')
  .argument('<email>', 'of the account')
  .description('Prints a link with which somebody chooses a new password, for 30 minutes. Know who asks.')
  .action((email: string) =>
    withKeys(async (deps, settings) => {
      const token = await createResetLink(deps, email);
      if (token === undefined)
        throw new StartupError(`There is no active account with the address ${email}.`);
      console.log(`${settings.issuer}/recover/${token}`);
    }),
  );

program
  .command('make-encryption-key')
  .description('Prints a new pair for ENCRYPTION_KEYS.')
  .action(() => console.log(makeEncryptionKey()));

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

const registrationTokens = program
  .command('registration-tokens')
  .description('Initial access tokens, with which apps register themselves (RFC 7591).');

const count = (text: string) => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
};

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

async function withDatabase(
  work: (deps: { database: Database; clock: Clock }) => Promise<void>,
): Promise<void> {
  return withSettings(async (settings, closers) => {
    await work({
      database: await openUpToDateDatabase({ settings, clock: systemClock, closers }),
      clock: systemClock,
    });
  });
}

async function withKeys(work: (deps: KeysDeps, settings: Settings) => Promise<void>): Promise<void> {
  return withSettings(async (settings, closers) => {
    const database = await openUpToDateDatabase({ settings, clock: systemClock, closers });
    const sealer = createSealer(encryptionKeys(settings));
    await work({ database, sealer, privateKeys: localPrivateKeys, clock: systemClock }, settings);
  });
}

async function withSettings(
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

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
