import type { Router } from '@koa/router';
import { accountForm, makeAccount } from './create-account.ts';
import { definePage, Refusal } from './define-page.ts';
import { documentLinks } from './documents-form.ts';
import { type LinkRequest, mailedLinkRoutes } from './mailed-link.ts';
import { passwordHint } from './new-password.ts';
import type { PagesDeps } from './pages-deps.ts';
import { localeOf } from './render-page.ts';
import { createAccountView } from './views/create-account.ts';

const page = definePage({
  view: createAccountView,
  form: accountForm,
  show: ({ deps, ctx, challenge }: LinkRequest, { name = '', username = '' }) => ({
    email: challenge.email,
    name,
    username: deps.profileRules.hasUsernames ? username : null,
    ...passwordHint(deps.passwordPolicy),
    documents: documentLinks(deps.documents.current, localeOf(deps.templates.locales, ctx, undefined)),
    canCancel: false,
  }),
  async submit(request, form) {
    const result = await makeAccount(request, request.challenge, form, request.token);
    if (result instanceof Refusal) return result;
    return result === undefined ? 'over' : 'done';
  },
});

/** The link in the mail for a new account. */
export function registerRoutes(router: Router, deps: PagesDeps): void {
  mailedLinkRoutes(router, deps, { path: '/register', purpose: 'register', page, doneKey: 'register.done' });
}
