import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { type EmailChallenge, emailChallenges } from '../email-challenges/index.ts';
import { minPasswordLength } from '../passwords/index.ts';
import { clientCard } from './client-card.ts';
import { accountForm, makeAccount } from './create-account.ts';
import { definePage, type PageRequest } from './define-page.ts';
import { named } from './interaction-routes.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { readForm } from './read-form.ts';
import { createAccountView } from './views/create-account.ts';

interface LinkRequest extends PageRequest {
  token: string;
  challenge: EmailChallenge;
}

const page = definePage({
  view: createAccountView,
  form: accountForm,
  show: ({ challenge }: LinkRequest, { name = '' }) => ({
    email: challenge.email,
    name,
    minPasswordLength,
    canCancel: false,
  }),
  submit: async ({ deps, challenge, token }, form) =>
    (await makeAccount(deps, challenge, form, token)) ?? { isOver: true },
});

/**
 * Where the link in the mail leads, in whatever browser it is opened: the account belongs to who reads the mail, not to
 * who asked for it. Opening it changes nothing, so that a scanner of mail may.
 */
export function registerRoutes(router: Router, deps: PagesDeps): void {
  const path = '/register/:token';

  router.get(path, named(path), async ctx => {
    const request = await requestOf(deps, ctx);
    if (request === undefined) over(deps, ctx);
    else await page.show(request);
  });

  router.post(path, named(path), readForm, async ctx => {
    const request = await requestOf(deps, ctx);
    if (request === undefined) return over(deps, ctx);
    const outcome = await page.submit(request);
    if (outcome === undefined) return;
    if (typeof outcome !== 'string') return over(deps, ctx);
    await welcome(deps, ctx, request);
  });
}

async function requestOf(deps: PagesDeps, ctx: Context): Promise<LinkRequest | undefined> {
  const token = String((ctx['params'] as { token?: unknown }).token);
  const challenge = await emailChallenges(deps).findByToken('register', token);
  if (challenge === undefined) return undefined;
  const client = await clientOf(deps, challenge);
  return {
    deps,
    ctx,
    token,
    challenge,
    binding: `register/${challenge.id}`,
    action: ctx.path,
    client: client && clientCard(client),
  };
}

function clientOf(deps: PagesDeps, { clientId }: EmailChallenge) {
  return clientId === undefined ? undefined : deps.provider().Client.find(clientId);
}

async function welcome(deps: PagesDeps, ctx: Context, { challenge, client }: LinkRequest): Promise<void> {
  showNotice(deps, ctx, 'register.done', {
    values: { email: challenge.email },
    client,
    back: await clientOf(deps, challenge),
  });
}

function over(deps: PagesDeps, ctx: Context): void {
  showNotice(deps, ctx, 'link.over', { status: 410 });
}
