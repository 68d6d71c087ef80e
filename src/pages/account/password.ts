import { namesOf } from '../../accounts/index.ts';
import { isShortAlone, storeNewPassword } from '../../passwords/index.ts';
import { definePage, Refusal } from '../define-page.ts';
import { passwordHint, passwordPolicyOf, refusePassword } from '../new-password.ts';
import { localeOf } from '../render-page.ts';
import { resetForm } from '../reset-password.ts';
import { resetPasswordView } from '../views/reset-password.ts';
import type { AccountRequest } from './account-request.ts';

/** A new password for who signed in a moment ago. */
export const passwordPage = definePage({
  view: resetPasswordView,
  form: resetForm,
  show: async ({ deps, account }: AccountRequest) => ({
    email: account.email,
    reason: null as string | null,
    ...passwordHint(await passwordPolicyOf(deps, account.id)),
    canCancel: false,
  }),
  async submit(request, form): Promise<'done' | Refusal<'password'>> {
    const { deps, ctx, account, sessionId } = request;
    const { email } = account;
    const problem = await refusePassword(request, form.password, {
      email,
      name: namesOf(account),
      accountId: account.id,
    });
    if (problem !== undefined) return new Refusal({ password: problem });
    const hash = await deps.hasher.hash(form.password);
    const isShort = isShortAlone(deps.passwordPolicy, form.password);
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    await deps.database.prisma.$transaction(transaction =>
      storeNewPassword(transaction, deps, { account, hash, isShort, locale, type: 'password.changed' }),
    );
    deps.outbox.soon();
    if (form.sign_out !== undefined) await deps.endSessions(account.id, { except: sessionId });
    return 'done';
  },
});
