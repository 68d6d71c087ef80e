import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { isSetupLinkUsable, setUpFirstAccount } from '../accounts/index.ts';
import { digest } from '../kernel/index.ts';
import { storePasswordHash } from '../passwords/index.ts';
import { definePage, type PageRequest, Refusal } from './define-page.ts';
import { named } from './interaction-routes.ts';
import { passwordHint, refusePassword } from './new-password.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { readForm } from './read-form.ts';
import { localeOf } from './render-page.ts';
import { setUpView } from './views/set-up.ts';

interface SetUpRequest extends PageRequest {
  token: string;
}

type Outcome = { email: string } | 'dead';

const nameMissing = 'name.missing';
const emailInvalid = 'email.invalid';

const setUpPage = definePage({
  view: setUpView,
  form: z.object({
    name: z.string({ error: nameMissing }).trim().min(1, nameMissing).max(200, nameMissing),
    email: z.string({ error: emailInvalid }).trim().max(320, emailInvalid).pipe(z.email(emailInvalid)),
    password: z.string({ error: 'password.missing' }),
  }),
  show: ({ deps }: SetUpRequest, { name = '', email = '' }) => ({
    name,
    email,
    ...passwordHint(deps.passwordPolicy),
  }),
  async submit(
    { deps, ctx, token },
    { name, email, password },
  ): Promise<Outcome | Refusal<'name' | 'email' | 'password'>> {
    const problem = await refusePassword({ deps }, password, { email, name });
    if (problem !== undefined) return new Refusal({ password: problem });
    const hash = await deps.hasher.hash(password);
    const locale = localeOf(deps.templates.locales, ctx, undefined);
    const result = await setUpFirstAccount(deps, { token, name, email }, async (transaction, credential) => {
      await storePasswordHash(transaction, { ...credential, hash });
      const { accountId } = credential;
      const values = { name, issuer: deps.issuer };
      await deps.outbox.add(transaction, { to: email, accountId, locale }, 'set-up', { values });
    });
    deps.outbox.soon();
    if (result === 'email_taken') return new Refusal({ email: 'set-up.email-taken' });
    return result === 'created' ? { email } : 'dead';
  },
});

/** The first administrator comes in by a link that works once. There is no default password. */
export function setUpRoutes(router: Router, deps: PagesDeps): void {
  const path = '/setup/:token';

  router.get(path, named(path), async ctx => {
    const request = requestOf(deps, ctx);
    if (await isSetupLinkUsable(deps, request.token)) await setUpPage.show(request);
    else dead(deps, ctx);
  });

  router.post(path, named(path), readForm, async ctx => {
    const request = requestOf(deps, ctx);
    if (!(await isSetupLinkUsable(deps, request.token))) return dead(deps, ctx);
    const outcome = await setUpPage.submit(request);
    if (outcome === 'dead') dead(deps, ctx);
    else if (outcome !== undefined) showNotice(deps, ctx, 'set-up.done', { values: outcome });
  });
}

function requestOf(deps: PagesDeps, ctx: Context): SetUpRequest {
  const token = String((ctx['params'] as { token?: unknown }).token);
  return { deps, ctx, token, binding: `setup/${digest(token)}`, action: ctx.path };
}

function dead(deps: PagesDeps, ctx: Context): void {
  showNotice(deps, ctx, 'set-up.dead', { status: 410 });
}
