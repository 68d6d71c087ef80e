import { accountsRepository, namesOf } from '../../accounts/index.ts';
import { epochSeconds } from '../../kernel/index.ts';
import { isShortAlone, passwordsRepository, storeNewPassword } from '../../passwords/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { passwordHint, passwordPolicyOf, refusePassword } from '../new-password.ts';
import { localeOf } from '../render-page.ts';
import { resetForm } from '../reset-password.ts';
import { resetPasswordView } from '../views/reset-password.ts';
import type { StepOutcome, StepRequest } from './step-request.ts';

/** Who signed in with a password that is too old, or that others know, chooses another before anything else. */
export const changePasswordPage = definePage({
  view: resetPasswordView,
  form: resetForm,
  async show(request: StepRequest) {
    const { deps, progress } = request;
    return {
      email: (await accountOf(request))?.email ?? '',
      reason:
        progress.reasonToChange === undefined ? null : `reset-password.because-${progress.reasonToChange}`,
      ...passwordHint(await passwordPolicyOf(deps, progress.authenticated?.accountId)),
      canCancel: true,
    };
  },
  async submit(request, form): Promise<StepOutcome | Refusal<'password'>> {
    const { deps, ctx, uiLocales, progress } = request;
    const account = await accountOf(request);
    if (account === undefined || progress.authenticated === undefined) return { identifier: null };
    const { id: accountId, email } = account;
    const isSame = await deps.hasher.verify(
      await passwordsRepository(deps.database).findHash(accountId),
      form.password,
    );
    if (isSame) return new Refusal({ password: 'new-password.same' });
    const about = { email, name: namesOf(account), accountId };
    const problem = await refusePassword(request, form.password, about);
    if (problem !== undefined) return new Refusal({ password: problem });
    const hash = await deps.hasher.hash(form.password);
    const isShort = isShortAlone(deps.passwordPolicy, form.password);
    const locale = localeOf(deps.templates.locales, ctx, uiLocales);
    await deps.database.prisma.$transaction(transaction =>
      storeNewPassword(transaction, deps, { account, hash, isShort, locale, type: 'password.changed' }),
    );
    deps.outbox.soon();
    if (form.sign_out !== undefined) await deps.endSessions(accountId);
    // The sign-in is one with the new password: see what ends sessions of passwords that are gone.
    return {
      authenticated: {
        accountId,
        proofs: progress.authenticated.proofs.map(proof => ({ ...proof, at: epochSeconds(deps.clock) })),
      },
      reasonToChange: null,
    };
  },
});

function accountOf({ deps, progress }: StepRequest) {
  return accountsRepository(deps.database).findById(progress.authenticated?.accountId ?? '');
}
