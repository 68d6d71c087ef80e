import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { type ChallengePurpose, type EmailChallenge, emailChallenges } from '../email-challenges/index.ts';
import { clientCard } from './client-card.ts';
import type { DefinedPage, PageRequest } from './define-page.ts';
import { named } from './interaction-routes.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { readForm } from './read-form.ts';

export interface LinkRequest extends PageRequest {
  token: string;
  challenge: EmailChallenge;
}

export interface MailedLink {
  /** Ends in the token: `/register`. */
  path: string;
  purpose: ChallengePurpose;
  page: DefinedPage<LinkRequest, 'done' | 'over'>;
  /** The messages `<key>-title` and `<key>-text` say that it is done. */
  doneKey: string;
}

/**
 * Where a link in a mail leads, in whatever browser it is opened: what it opens belongs to who reads the mail, not to who
 * asked for it. Opening it changes nothing, so that a scanner of mail may.
 */
export function mailedLinkRoutes(router: Router, deps: PagesDeps, link: MailedLink): void {
  const path = `${link.path}/:token`;

  router.get(path, named(path), async ctx => {
    const request = await requestOf(deps, ctx, link);
    if (request === undefined) over(deps, ctx);
    else await link.page.show(request);
  });

  router.post(path, named(path), readForm, async ctx => {
    const request = await requestOf(deps, ctx, link);
    const outcome = request === undefined ? 'over' : await link.page.submit(request);
    if (outcome === 'over' || request === undefined) return over(deps, ctx);
    if (outcome === undefined) return;
    const { challenge, client } = request;
    const back = await clientOf(deps, challenge);
    showNotice(deps, ctx, link.doneKey, { values: { email: challenge.email }, client, back });
  });
}

async function requestOf(
  deps: PagesDeps,
  ctx: Context,
  { purpose }: MailedLink,
): Promise<LinkRequest | undefined> {
  const token = String((ctx['params'] as { token?: unknown }).token);
  const challenge = await emailChallenges(deps).findByToken(purpose, token);
  if (challenge === undefined) return undefined;
  const client = await clientOf(deps, challenge);
  return {
    deps,
    ctx,
    token,
    challenge,
    binding: `${purpose}/${challenge.id}`,
    action: ctx.path,
    client: client && clientCard(client),
  };
}

async function clientOf(deps: PagesDeps, { clientId }: EmailChallenge) {
  return clientId === undefined ? undefined : deps.provider().Client.find(clientId);
}

function over(deps: PagesDeps, ctx: Context): void {
  showNotice(deps, ctx, 'link.over', { status: 410 });
}
