import { z } from 'zod';
import { type Account, accountsRepository, emailKeyOf, isAway } from '../../accounts/index.ts';
import { recordEvent } from '../../audit/index.ts';
import { epochSeconds } from '../../kernel/index.ts';
import { hasFactors } from '../../mfa/index.ts';
import { reasonToChange, verifyPassword } from '../../passwords/index.ts';
import { offerToUnlock } from '../../recovery/index.ts';
import { attemptsRepository } from '../../throttling/index.ts';
import { askForCodeByMail, challengeNewDevice } from '../code-by-mail.ts';
import { definePage, Refusal } from '../define-page.ts';
import { knownDevice } from '../known-device.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { passkeyButton } from '../passkey-button.ts';
import { passwordAttempts } from '../password-attempts.ts';
import { localeOf } from '../render-page.ts';
import { signInWithPasskey } from '../sign-in-with-passkey.ts';
import { takeAttempts, tooMany } from '../take-attempts.ts';
import type { Shown } from '../view.ts';
import { type PasswordModel, passwordView } from '../views/password.ts';
import { welcome } from '../welcome.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const passwordPage = definePage({
  view: passwordView,
  form: z.object({
    action: z.string().optional(),
    // Length is limited where it is verified, so that a long wrong password answers as any wrong password.
    password: z.string().optional(),
    passkey: z.string().max(20_000, 'passkey.wrong').optional(),
    has_authenticator: z.string().optional(),
  }),
  async show(request: StepRequest): Promise<Shown<PasswordModel>> {
    const { deps, progress } = request;
    return {
      identifier: progress.identifier ?? '',
      mayUseMail: deps.signInByMail,
      // Of nobody in particular: which passkeys an account has is nobody's business.
      ...(await passkeyButton(request, undefined)),
    };
  },
  async submit(request, form): Promise<StepOutcome | Refusal<'password' | 'passkey'>> {
    const { action, password = '', passkey = '' } = form;
    if (action === 'change') return { identifier: null };
    if (action === 'forgot') return { recovery: {} };
    if (action === 'passkey') return signInWithPasskey(request, passkey);
    if (action === 'code' && request.deps.signInByMail) {
      return askForCodeByMail(request, request.progress.identifier ?? '');
    }
    if (password === '') return new Refusal({ password: 'password.missing' });
    const outcome = await signInWithPassword(request, password);
    if (outcome instanceof Refusal || form.has_authenticator !== 'yes') return outcome;
    return { ...outcome, hasAuthenticator: true };
  },
});

async function signInWithPassword(
  request: StepRequest,
  password: string,
): Promise<StepOutcome | Refusal<'password'>> {
  const { deps, ctx, progress, interaction } = request;
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
  const reason = await reasonToChange(deps, {
    accountId: account.id,
    password,
    hasSecondFactor: () => hasFactors(deps, account.id),
  });
  return {
    ...(await afterRightPassword(request, account)),
    authenticated: {
      accountId: account.id,
      proofs: [{ factor: 'password', at: epochSeconds(deps.clock) }],
    },
    isAway: isAway(account),
    ...(reason === undefined ? {} : { reasonToChange: reason }),
  };
}

/** In a browser where that person never signed in before, a code by mail may have to say that it is them. */
async function afterRightPassword(request: StepRequest, account: Account): Promise<StepOutcome> {
  const { deps, ctx } = request;
  const isKnown = knownDevice(deps, ctx, emailKeyOf(account.email)) !== undefined;
  const challenge = isKnown ? undefined : await challengeNewDevice(request, account);
  if (challenge !== undefined) return challenge;
  await welcome(request, account);
  return {};
}

/** Under which attempts count: whoever has an address and a name has tries for both together. */
async function personOf(deps: PagesDeps, identifier: string): Promise<string> {
  if (identifier.includes('@')) return emailKeyOf(identifier);
  const account = await accountsRepository(deps.database).findByIdentifier(identifier);
  return emailKeyOf(account?.email ?? identifier);
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
