import { z } from 'zod';
import { accountsRepository } from '../../accounts/index.ts';
import type { SecondFactorName } from '../../mfa/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { passkeyButton } from '../passkey-button.ts';
import { proveFactor } from '../prove-factor.ts';
import type { Shown } from '../view.ts';
import { type ChallengeModel, challengeView } from '../views/challenge.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

const tooLong = 'code.wrong';
const use = 'use-';

/** One factor a page; the others that would do are named below it. */
export const challengePage = (factor: SecondFactorName) =>
  definePage({
    view: challengeView,
    form: z.object({
      action: z.string().optional(),
      code: z.string().max(100, tooLong).optional(),
      passkey: z.string().max(20_000, 'passkey.wrong').optional(),
      trust: z.string().optional(),
    }),
    async show(request: StepRequest): Promise<Shown<ChallengeModel>> {
      const { deps, person } = request;
      const account = await accountsRepository(deps.database).findById(person?.accountId ?? '');
      const missing = person?.assessed.missing;
      const others = missing?.step === 'challenge' ? missing.factors.filter(each => each !== factor) : [];
      return {
        factor,
        email: account?.email ?? '',
        others,
        codesLeft: factor === 'recovery-code' ? (person?.assessed.standing.means.recoveryCodes ?? 0) : null,
        trustDays: deps.trustedBrowserDays,
        ...(factor === 'passkey'
          ? await passkeyButton(request, person?.accountId)
          : { passkeyRequest: null, unknownPasskey: null }),
      };
    },
    submit(
      request,
      { action = '', code = '', passkey = '', trust },
    ): Promise<StepOutcome | Refusal<'code' | 'passkey'>> {
      if (action.startsWith(use)) {
        // Whether it is one of those that would do is looked at by who decides what comes next.
        return Promise.resolve({ secondFactor: action.slice(use.length) as SecondFactorName });
      }
      const isEmpty = factor === 'passkey' ? passkey === '' : code.trim() === '';
      if (isEmpty) {
        const field = factor === 'passkey' ? 'passkey' : 'code';
        return Promise.resolve(new Refusal({ [field]: `${factor}.missing` }));
      }
      return proveFactor(request, factor, { code, passkey, trust: trust !== undefined });
    },
  });
