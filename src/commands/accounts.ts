import type { Command } from 'commander';
import { z } from 'zod';
import {
  accountsRepository,
  attributeValue,
  createSetupLink,
  emailKeyOf,
  orderErasure,
  updateProfile,
} from '../accounts/index.ts';
import { dateOf, StartupError } from '../kernel/index.ts';
import { orderFactorReset } from '../mfa/index.ts';
import { isKnownHash, storePasswordHash } from '../passwords/index.ts';
import { createResetLink, unlockAccount } from '../recovery/index.ts';
import { inviteToRegister } from '../registration/index.ts';
import { codePolicy, limitsOnAttempts, profileRules } from '../start/index.ts';
import { withDatabase, withKeys, withOutbox } from './with-settings.ts';

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
      withKeys(async (deps, settings) => {
        const token = await createResetLink({ ...deps, codes: codePolicy(settings) }, email);
        if (token === undefined) {
          throw new StartupError(`There is no active account with the address ${email}.`);
        }
        console.log(`${settings.issuer}/recover/${token}`);
      }),
    );

  program
    .command('reset-factors')
    .argument('<email>', 'of the account')
    .requiredOption('--reason <text>', 'why, and how it was made sure who asks; the owner is told')
    .description(
      'Prints a link with which somebody who has lost every second factor takes them away. It signs nobody in.',
    )
    .action((email: string, { reason }: { reason: string }) =>
      withOutbox(async (deps, { issuer, factorResetApproval: approval }) => {
        const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
        if (account === undefined) throw new StartupError(`There is no account with the address ${email}.`);
        const order = { accountId: account.id, reason, by: { kind: 'operator' }, approval } as const;
        const { id, link } = await orderFactorReset({ ...deps, issuer }, order);
        console.log(
          link ?? `An administrator has to approve this: POST /api/v1/factor-resets/${id}/approval`,
        );
      }),
    );

  program
    .command('import-password')
    .argument('<email>', 'of the account')
    .argument(
      '<hash>',
      'as it was in another system: argon2, bcrypt ($2b$…), scrypt or PBKDF2, as a PHC string',
    )
    .description(
      'Lets somebody sign in with the password they had elsewhere. It is hashed anew when they do.',
    )
    .action((email: string, hash: string) =>
      withDatabase(async ({ database, clock }) => {
        if (!isKnownHash(hash)) {
          throw new StartupError(
            'This is no hash that can be verified here, or one that asks for too much work.',
          );
        }
        const account = await accountsRepository(database).findByEmailKey(emailKeyOf(email));
        if (account === undefined) throw new StartupError(`There is no account with the address ${email}.`);
        const credential = { accountId: account.id, hash, changedAt: dateOf(clock) };
        await database.prisma.$transaction(transaction => storePasswordHash(transaction, credential));
        console.log('The password of the other system is good here.');
      }),
    );

  program
    .command('invite')
    .argument('<email>', 'of who may make an account')
    .option('--client <client_id>', 'the app that they go to from there')
    .option('--locale <language>', 'of the mail', 'en')
    .description('Has the running Gatehouse mail an invitation. Only who reads that mail can use it.')
    .action((email: string, { client, locale }: { client?: string; locale: string }) =>
      withOutbox(async (deps, settings) => {
        if (settings.accountRegistration === 'closed') {
          throw new StartupError(
            'ACCOUNT_REGISTRATION is closed. Set it to invitation, so that who is invited may come.',
          );
        }
        if (!z.email().safeParse(email).success) throw new StartupError(`${email} is no email address.`);
        const { issuer, invitationDays: days } = settings;
        const invitation = { email, days, clientId: client, locale };
        if (!(await inviteToRegister({ ...deps, issuer, codes: codePolicy(settings) }, invitation))) {
          throw new StartupError(`There is an account with the address ${email} already.`);
        }
        console.log(`The invitation leaves soon, if Gatehouse is running. It is good for ${days} days.`);
      }),
    );

  program
    .command('attribute')
    .argument('<email>', 'of the account')
    .argument('<name>', 'as ACCOUNT_ATTRIBUTES declares it')
    .argument('[value]', 'without one it is taken away')
    .description('Says what an attribute of somebody is, also one that only administrators write.')
    .action((email: string, name: string, value: string | undefined) =>
      withKeys(async (deps, settings) => {
        const { attributes } = profileRules(settings);
        const attribute = attributes.find(each => each.name === name);
        if (attribute === undefined) {
          const known = attributes.map(each => each.name).join(', ');
          throw new StartupError(
            `There is no attribute "${name}". ACCOUNT_ATTRIBUTES declares: ${known || 'none'}.`,
          );
        }
        const said = value === undefined ? undefined : attributeValue(attribute, value);
        if (value !== undefined && said === undefined) {
          const { type, choices } = attribute;
          throw new StartupError(
            `${name} must be a ${type}${type === 'choice' ? ` of ${choices.join(', ')}` : ''}.`,
          );
        }
        const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
        if (account === undefined) throw new StartupError(`There is no account with the address ${email}.`);
        await updateProfile(deps, account.id, { claims: { [name]: said } }, { kind: 'operator' });
        console.log(said === undefined ? `${name} is taken away.` : `${name} is ${String(said)}.`);
      }),
    );

  program
    .command('unlock')
    .argument('<email>', 'of the account')
    .description('Lets somebody sign in at once whom wrong passwords make wait, whoever entered them.')
    .action((email: string) =>
      withKeys(async (deps, settings) => {
        const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
        if (account === undefined) throw new StartupError(`There is no account with the address ${email}.`);
        const attemptLimits = limitsOnAttempts(settings);
        await unlockAccount({ ...deps, attemptLimits }, account, { kind: 'operator' });
        console.log('Nothing is counted against this account any more.');
      }),
    );

  program
    .command('erase')
    .argument('<email>', 'of the account')
    .description('Has the running Gatehouse erase an account and all that belongs to it. Know who asks.')
    .action((email: string) =>
      withKeys(async deps => {
        const account = await accountsRepository(deps.database).findByEmailKey(emailKeyOf(email));
        if (account === undefined) throw new StartupError(`There is no account with the address ${email}.`);
        if (!(await orderErasure(deps, account.id))) {
          throw new StartupError('This is the only owner. Make somebody else an owner first.');
        }
        console.log('It is erased within a minute, if Gatehouse is running.');
      }),
    );
}
