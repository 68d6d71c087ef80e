import { z } from 'zod';
import { accountsRepository } from '../../accounts/index.ts';
import { type EmailChallenge, emailChallenges } from '../../email-challenges/index.ts';
import { epochSeconds } from '../../kernel/index.ts';
import { mailAnotherResetCode } from '../../recovery/index.ts';
import { mailAnotherCode } from '../../registration/index.ts';
import { withProof } from '../assurance.ts';
import { mailAnotherSignInCode, proveCodeByMail, signInWithCode } from '../code-by-mail.ts';
import { definePage, Refusal } from '../define-page.ts';
import type { Progress } from '../next-step.ts';
import { localeOf } from '../render-page.ts';
import { takeMailAttempt, tooMany } from '../take-attempts.ts';
import type { Shown } from '../view.ts';
import { type ProveAddressModel, proveAddressView } from '../views/prove-address.ts';
import { welcome } from '../welcome.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const wrong = 'code.wrong';

type Outcome = StepOutcome | Refusal<'code'>;

/** What the code is for, by the way that led here. */
interface Way {
  mailAnother(request: StepRequest, challenge: EmailChallenge): Promise<'sent' | 'wait' | 'over'>;
  /** Another address, or none. */
  leave: StepOutcome;
  prove(request: StepRequest, challenge: EmailChallenge, code: string): Promise<Outcome>;
  /** What the page says, and says of another mail; of who may have no account it must not say more than "if". */
  lead: string;
  again?: string;
}

const ways: Readonly<Record<'registration' | 'recovery' | 'codeByMail' | 'newDevice', Way>> = {
  registration: {
    mailAnother: (request, challenge) => mailAnotherCode(request.deps, challenge, languageOf(request)),
    leave: { registration: {} },
    prove: (request, challenge, code) => proveOwn(request, challenge, code, 'registration'),
    lead: 'prove-address.lead',
    again: 'prove-address.lead-again',
  },
  recovery: {
    mailAnother: (request, challenge) => mailAnotherResetCode(request.deps, challenge, languageOf(request)),
    leave: { recovery: {} },
    prove: (request, challenge, code) => proveOwn(request, challenge, code, 'recovery'),
    lead: 'prove-address.lead-recover',
  },
  codeByMail: {
    mailAnother: mailAnotherSignInCode,
    leave: { codeByMail: null },
    async prove(request, challenge, code) {
      const accountId = await proveCodeByMail(request, challenge, code);
      if (accountId instanceof Refusal) return accountId;
      return (await signInWithCode(request, accountId)) ?? new Refusal({ code: wrong });
    },
    lead: 'prove-address.lead-code',
  },
  newDevice: {
    mailAnother: mailAnotherSignInCode,
    leave: { newDevice: undefined, authenticated: undefined, identifier: null },
    async prove(request, challenge, code) {
      const { deps, person, progress } = request;
      const accountId = await proveCodeByMail(request, challenge, code);
      if (accountId instanceof Refusal) return accountId;
      const account = await accountsRepository(deps.database).findById(accountId);
      if (account === undefined || person?.accountId !== accountId) return new Refusal({ code: wrong });
      await welcome(request, account);
      const proof = { factor: 'email-code', at: epochSeconds(deps.clock) } as const;
      return { ...withProof(person, progress, proof), newDevice: { isProven: true } };
    },
    lead: 'prove-address.lead-device',
  },
};

/** "Check your email": the code is entered here; where the mail has a link, that goes on by itself, wherever it is opened. */
export const proveAddressPage = definePage({
  view: proveAddressView,
  form: z.object({ action: z.string().optional(), code: z.string().max(100, wrong).optional() }),
  async show({ deps, progress }: StepRequest): Promise<Shown<ProveAddressModel>> {
    const { way, challengeId } = wayOf(progress);
    const challenge = await emailChallenges(deps).find(challengeId);
    const { lead, again = lead } = ways[way];
    return {
      // What they entered, where it is not theirs to see which address that is.
      email: way === 'codeByMail' ? (progress.identifier ?? '') : (challenge?.email ?? ''),
      lead: (challenge?.sends ?? 0) > 1 ? again : lead,
    };
  },
  async submit(request, { action, code = '' }): Promise<Outcome> {
    const { deps, ctx, progress } = request;
    const { way, challengeId } = wayOf(progress);
    const { leave } = ways[way];
    const challenge = await emailChallenges(deps).find(challengeId);
    if (action === 'change' || challenge === undefined) return leave;
    // It was finished where the link was opened: what is left is to sign in.
    if (challenge.isUsed) return { ...leave, [way]: null, identifier: challenge.email };
    if (action === 'resend') {
      const seconds = await takeMailAttempt(deps, ctx);
      if (seconds > 0) return new Refusal({ code: tooMany(seconds) }, { retryAfterSeconds: seconds });
      const result = await ways[way].mailAnother(request, challenge);
      if (result === 'over') return leave;
      if (result === 'sent') return {};
      const wait = challenge.sentAt.getTime() / 1000 + deps.codes.resendSeconds - deps.clock.now() / 1000;
      return new Refusal({ code: { key: 'prove-address.wait', values: { seconds: Math.ceil(wait) } } });
    }
    if (code.trim() === '') return new Refusal({ code: 'code.missing' });
    return ways[way].prove(request, challenge, code);
  },
});

async function proveOwn(
  { deps }: StepRequest,
  { id: challengeId }: EmailChallenge,
  code: string,
  way: 'registration' | 'recovery',
): Promise<Outcome> {
  if (!(await emailChallenges(deps).prove(challengeId, code))) return new Refusal({ code: wrong });
  return { [way]: { challengeId, isProven: true } };
}

function languageOf({ deps, ctx, uiLocales }: StepRequest): string {
  return localeOf(deps.templates.locales, ctx, uiLocales);
}

function wayOf(progress: Progress): { way: keyof typeof ways; challengeId: string } {
  const { authenticated, newDevice, codeByMail, registration, recovery } = progress;
  if (authenticated !== undefined) return { way: 'newDevice', challengeId: newDevice?.challengeId ?? '' };
  if (registration?.challengeId !== undefined) {
    return { way: 'registration', challengeId: registration.challengeId };
  }
  const byMail = codeByMail?.challengeId;
  if (byMail !== undefined) return { way: 'codeByMail', challengeId: byMail };
  return { way: 'recovery', challengeId: recovery?.challengeId ?? '' };
}
