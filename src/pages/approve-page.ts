import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { accountsRepository, displayNameOf } from '../accounts/index.ts';
import { type BackchannelRequest, backchannelRequests } from '../backchannel-authentication/index.ts';
import { resourceServersRepository } from '../clients/index.ts';
import { assertedAcr, assess, type Missing, multiFactor } from '../mfa/index.ts';
import { achievedIn, minimumOf, requestedAcr, scopesOf, trustedBrowserTokens } from '../oidc/index.ts';
import { clientCard } from './client-card.ts';
import { definePage, type PageRequest } from './define-page.ts';
import { detailsInWords } from './details-in-words.ts';
import { named } from './interaction-routes.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { readForm } from './read-form.ts';
import { localeOf } from './render-page.ts';
import { scopeInWords } from './scope-in-words.ts';
import { signInFirst } from './sign-in-first.ts';
import { approveView } from './views/approve.ts';

interface ApproveRequest extends PageRequest {
  asked: BackchannelRequest;
}

const approvePage = definePage({
  view: approveView,
  form: z.object({ decision: z.enum(['approved', 'denied']) }),
  async show({ deps, ctx, asked }: ApproveRequest) {
    const account = await accountsRepository(deps.database).findById(asked.accountId);
    return {
      account: account === undefined ? '' : displayNameOf(account),
      bindingMessage: asked.bindingMessage,
      scopes: await scopesInWords(deps, ctx, asked),
      details: await detailsInWords(
        deps,
        localeOf(deps.templates.locales, ctx, undefined),
        asked.authorizationDetails,
      ),
    };
  },
  submit: (_request, { decision }) => Promise.resolve(decision),
});

/** Where somebody decides on a request that came from another device (OpenID Connect CIBA Core 1.0). */
export function approveRoutes(router: Router, deps: PagesDeps): void {
  const path = '/approve/:id';

  // Back from signing in, which knows one address only.
  router.get('/approve', named('/approve'), ctx => {
    const { state, error } = ctx.query;
    if (error !== undefined || typeof state !== 'string') return showNotice(deps, ctx, 'approve.left');
    ctx.status = 303;
    ctx.redirect(`/approve/${encodeURIComponent(state)}`);
  });

  router.get(path, named(path), async ctx => {
    const request = await requestFor(deps, ctx);
    if (request !== undefined) await approvePage.show(request);
  });

  router.post(path, named(path), readForm, async ctx => {
    const request = await requestFor(deps, ctx);
    if (request === undefined) return;
    const decision = await approvePage.submit(request);
    if (decision === undefined) return;
    const { acr, amr, at } = achievedIn(await deps.provider().Session.get(ctx));
    const isFirst = await deps.decide(request.asked, decision, {
      acr: assertedAcr(acr, requestedAcr({ acr_values: request.asked.acrValues })),
      amr: [...amr],
      authTime: at,
    });
    if (isFirst) showNotice(deps, ctx, decision === 'approved' ? 'approve.done' : 'approve.denied');
    else showNotice(deps, ctx, 'approve.over', { status: 410 });
  });
}

/** @returns undefined when something else was answered: it is over, or somebody has to sign in first */
async function requestFor(deps: PagesDeps, ctx: Context): Promise<ApproveRequest | undefined> {
  const id = String((ctx['params'] as { id?: unknown }).id);
  const asked = await backchannelRequests(deps).find(id);
  const provider = deps.provider();
  const client = asked === undefined ? undefined : await provider.Client.find(asked.clientId);
  if (asked === undefined || client === undefined) {
    showNotice(deps, ctx, 'approve.over', { status: 410 });
    return undefined;
  }
  const session = await provider.Session.get(ctx);
  const { accountId } = session;
  if (accountId !== asked.accountId) {
    await signInAsAsked(deps, ctx, asked, accountId === undefined ? {} : { prompt: 'login' });
    return undefined;
  }
  // As for any other way to an app: what it asks, what its registration and policies say.
  const requested = requestedAcr({ acr_values: asked.acrValues });
  const assessed = await assess(deps, {
    accountId,
    achieved: achievedIn(session).acr,
    requested,
    minimum: minimumOf(client),
    browserTokens: trustedBrowserTokens(ctx, deps.issuer),
  });
  if (assessed === undefined || isMissing(assessed.missing)) {
    await proveMore(deps, ctx, asked, {
      missing: assessed?.missing,
      wanted: [...requested.values, minimumOf(client)],
    });
    return undefined;
  }
  return {
    deps,
    ctx,
    asked,
    binding: `approve/${id}/${accountId}`,
    action: ctx.path,
    client: clientCard(client),
  };
}

/** A second factor is asked for on the way of any sign-in; where there is none, it has to be set up first. */
async function proveMore(
  deps: PagesDeps,
  ctx: Context,
  asked: BackchannelRequest,
  { missing, wanted }: { missing: Missing | undefined; wanted: readonly (string | undefined)[] },
): Promise<void> {
  if (missing?.step === 'enrol') {
    ctx.status = 303;
    ctx.redirect('/account/factors');
    return;
  }
  if (missing?.step === 'impossible') return showNotice(deps, ctx, 'approve.unmet', { status: 403 });
  const values = wanted.filter(each => each !== undefined);
  const acrValues = values.length === 0 ? multiFactor : values.join(' ');
  await signInAsAsked(deps, ctx, asked, { acr_values: acrValues });
}

function isMissing(missing: Missing): boolean {
  return missing.step !== 'nothing' && !(missing.step === 'enrol' && missing.dueAt !== undefined);
}

async function signInAsAsked(
  deps: PagesDeps,
  ctx: Context,
  asked: BackchannelRequest,
  more: { prompt?: string; acr_values?: string },
): Promise<void> {
  const account = await accountsRepository(deps.database).findById(asked.accountId);
  signInFirst(deps, ctx, {
    redirectPath: '/approve',
    state: asked.id,
    ...(account === undefined ? {} : { login_hint: account.email }),
    ...more,
  });
}

async function scopesInWords(deps: PagesDeps, ctx: Context, asked: BackchannelRequest): Promise<string[]> {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const servers = resourceServersRepository(deps.database);
  const names = asked.scope.split(' ');
  const own = scopesOf(deps.profileRules).filter(name => names.includes(name));
  const ofServers = asked.resources.map(async indicator => {
    const server = await servers.find(indicator);
    const scopes = names.filter(name => server?.scopes.includes(name) === true);
    return scopes.map(scope =>
      locales.format(locale, 'scope.other', { scope, api: server?.name ?? indicator }),
    );
  });
  return [...own.map(name => scopeInWords(deps, locale, name)), ...(await Promise.all(ofServers)).flat()];
}
