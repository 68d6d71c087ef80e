import type { Router } from '@koa/router';
import { definePage, Refusal } from './define-page.ts';
import { type LinkRequest, mailedLinkRoutes } from './mailed-link.ts';
import { passwordHint, passwordPolicyOf } from './new-password.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf } from './render-page.ts';
import { changePassword, resetForm } from './reset-password.ts';
import { resetPasswordView } from './views/reset-password.ts';

const page = definePage({
  view: resetPasswordView,
  form: resetForm,
  show: async ({ deps, challenge }: LinkRequest) => ({
    email: challenge.email,
    reason: null as string | null,
    ...passwordHint(await passwordPolicyOf(deps, challenge.accountId)),
    canCancel: false,
  }),
  async submit(request, form) {
    const { deps, ctx, challenge, token } = request;
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    const result = await changePassword(request, challenge, form, { token, locale });
    if (result instanceof Refusal) return result;
    return result === undefined ? 'over' : 'done';
  },
});

/** The link in the mail for a new password. */
export function recoverRoutes(router: Router, deps: PagesDeps): void {
  mailedLinkRoutes(router, deps, { path: '/recover', purpose: 'recover', page, doneKey: 'recover.done' });
}
