import { z } from 'zod';
import { type Account, accountsRepository, emailKeyOf, isAway } from '../../accounts/index.ts';
import { recordEvent } from '../../audit/index.ts';
import { epochSeconds } from '../../kernel/index.ts';
import { reasonToChange, verifyPassword } from '../../passwords/index.ts';
import { offerToUnlock, tellOfNewDevice } from '../../recovery/index.ts';
import { attemptsRepository } from '../../throttling/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { knownDevice, rememberDevice } from '../known-device.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { passwordAttempts } from '../password-attempts.ts';
import { localeOf } from '../render-page.ts';
import { takeAttempts, tooMany } from '../take-attempts.ts';
import { passwordView } from '../views/password.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const passwordPage = definePage({
  view: passwordView,
  form: z.object({
    action: z.string().optional(),
    // Length is limited where it is verified, so that a long wrong password answers as any wrong password.
    password: z.string().optional(),
  }),
  show: ({ progress }: StepRequest) => ({ identifier: progress.identifier ?? '' }),
  async submit(request, { action, password = '' }): Promise<StepOutcome | Refusal<'password'>> {
    const { deps, ctx, progress, interaction } = request;
    if (action === 'change') return { identifier: null };
    if (action === 'forgot') return { recovery: {} };
    if (password === '') return new Refusal({ password: 'password.missing' });
    const identifier = progress.identifier ?? '';
    const person = await personOf(deps, identifier);
    const attempts = passwordAttempts(deps, ctx, person);
    const wait = await takeAttempts(deps, Object.values(attempts));
    if (wait > 0) {
      await offerToUnlock(deps, {
        identifier,
        locale: localeOf(deps.templates.locales, ctx, request.uiLocales),
      });
      return new Refusal({ password: tooMany(wait) }, { retryAfterSeconds: wait });
    }
    const repository = attemptsRepository(deps);
    const giveBack = () => Promise.all(Object.values(attempts).map(attempt => repository.giveBack(attempt)));
    const account = await verifyPassword(deps, { identifier, password }).catch(async (error: unknown) => {
      // Nothing was looked at: too many were waiting, or the database was away.
      await giveBack();
      throw error;
    });
    if (account === undefined) {
      await recordFailure(deps, identifier, interaction.params['client_id']);
      return new Refusal({ password: 'password.wrong' });
    }
    await Promise.all([repository.giveBack(attempts.fromAddress), repository.forget(attempts.ofPerson)]);
    const reason = await reasonToChange(deps, { accountId: account.id, password });
    if (knownDevice(deps, ctx, person) === undefined) await tellOwner(request, account);
    rememberDevice(deps, ctx, person);
    // RFC 8176: pwd.
    return {
      authenticated: { accountId: account.id, at: epochSeconds(deps.clock), amr: ['pwd'] },
      isAway: isAway(account),
      ...(reason === undefined ? {} : { reasonToChange: reason }),
    };
  },
});

/** Under which attempts count: whoever has an address and a name has tries for both together. */
async function personOf(deps: PagesDeps, identifier: string): Promise<string> {
  if (identifier.includes('@')) return emailKeyOf(identifier);
  const account = await accountsRepository(deps.database).findByIdentifier(identifier);
  return emailKeyOf(account?.email ?? identifier);
}

/** Whoever signs in where that person never did before may be somebody else. */
async function tellOwner({ deps, ctx, client, uiLocales }: StepRequest, account: Account): Promise<void> {
  const locale = localeOf(deps.templates.locales, ctx, uiLocales);
  await tellOfNewDevice(deps, { account, locale, app: client?.name ?? '' });
}

/** For whom there is no account too, with as much work. */
async function recordFailure(deps: PagesDeps, identifier: string, clientId: unknown): Promise<void> {
  const account = await accountsRepository(deps.database).findByIdentifier(identifier);
  const event = {
    type: 'sign-in.failed',
    accountId: account?.id,
    actor: { kind: 'anyone' },
    clientId: String(clientId),
  } as const;
  await deps.database.prisma.$transaction(transaction => recordEvent(transaction, deps, event));
}
