import { emailKeyOf } from '../../accounts/index.ts';
import { emailChallenges } from '../../email-challenges/index.ts';
import { epochSeconds } from '../../kernel/index.ts';
import { accountForm, makeAccount } from '../create-account.ts';
import { definePage, type Refusal } from '../define-page.ts';
import { documentLinks } from '../documents-form.ts';
import { rememberDevice } from '../known-device.ts';
import { passwordHint } from '../new-password.ts';
import { localeOf } from '../render-page.ts';
import { createAccountView } from '../views/create-account.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const createAccountPage = definePage({
  view: createAccountView,
  form: accountForm,
  async show(request: StepRequest, { name = '', username = '' }) {
    const { deps, ctx, uiLocales } = request;
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const email = (await challengeOf(request))?.email ?? '';
    return {
      email,
      name,
      username: deps.profileRules.hasUsernames ? username : null,
      ...passwordHint(deps.passwordPolicy),
      documents: documentLinks(deps.documents.current, locale),
      canCancel: true,
    };
  },
  async submit(request, form): Promise<StepOutcome | Refusal<'name' | 'username' | 'password'>> {
    const { deps } = request;
    const challenge = await challengeOf(request);
    if (challenge === undefined) return { registration: {} };
    const accountId = await makeAccount(request, challenge, form);
    if (typeof accountId !== 'string') return accountId ?? { registration: {} };
    rememberDevice(deps, request.ctx, emailKeyOf(challenge.email));
    // The address was proven a moment ago, which is no factor; the password is one.
    return { authenticated: { accountId, proofs: [{ factor: 'password', at: epochSeconds(deps.clock) }] } };
  },
});

function challengeOf({ deps, progress }: StepRequest) {
  return emailChallenges(deps).find(progress.registration?.challengeId ?? '');
}
