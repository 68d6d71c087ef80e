import { accountsRepository, isAway } from '../../accounts/index.ts';
import { emailChallenges } from '../../email-challenges/index.ts';
import { digest, epochSeconds } from '../../kernel/index.ts';
import { definePage, type Refusal } from '../define-page.ts';
import { passwordHint, passwordPolicyOf } from '../new-password.ts';
import { localeOf } from '../render-page.ts';
import { changePassword, resetForm } from '../reset-password.ts';
import { resetPasswordView } from '../views/reset-password.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

export const resetPasswordPage = definePage({
  view: resetPasswordView,
  form: resetForm,
  async show(request: StepRequest) {
    const challenge = await challengeOf(request);
    return {
      email: challenge?.email ?? '',
      reason: null as string | null,
      ...passwordHint(await passwordPolicyOf(request.deps, challenge?.accountId)),
      canCancel: true,
    };
  },
  async submit(request, form): Promise<StepOutcome | Refusal<'password'>> {
    const { deps, ctx, uiLocales, interaction } = request;
    const challenge = await challengeOf(request);
    if (challenge === undefined) return { recovery: {} };
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    const { session } = interaction;
    const isOwn = session?.accountId !== undefined && session.accountId === challenge.accountId;
    const sessionId = isOwn ? digest(session.uid) : undefined;
    const accountId = await changePassword(request, challenge, form, { locale, sessionId });
    if (typeof accountId !== 'string') return accountId ?? { recovery: {} };
    const account = await accountsRepository(deps.database).findById(accountId);
    return {
      authenticated: { accountId, proofs: [{ factor: 'password', at: epochSeconds(deps.clock) }] },
      isAway: account !== undefined && isAway(account),
    };
  },
});

function challengeOf({ deps, progress }: StepRequest) {
  return emailChallenges(deps).find(progress.recovery?.challengeId ?? '');
}
