import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { type Account, accountsRepository } from '../../accounts/index.ts';
import { digest } from '../../kernel/index.ts';
import { hasFactors, isAtLeast, multiFactor } from '../../mfa/index.ts';
import { achievedIn } from '../../oidc/index.ts';
import type { DefinedPage } from '../define-page.ts';
import { named } from '../interaction-routes.ts';
import { showNotice } from '../notice.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { readForm } from '../read-form.ts';
import { readUpload } from '../read-upload.ts';
import { signInFirst } from '../sign-in-first.ts';
import type { AccountOutcome, AccountRequest } from './account-request.ts';
import { activityPage } from './activity.ts';
import { avatarPage } from './avatar.ts';
import { changeEmailPage } from './change-email.ts';
import { closeAccountPage } from './close-account.ts';
import { copyRoutes } from './copy-routes.ts';
import { accountPasskeyPage, accountTotpPage } from './enrol.ts';
import { exportPage } from './export.ts';
import { factorsPage } from './factors.ts';
import { homePage } from './home.ts';
import { passwordPage } from './password.ts';
import { preferencesPage } from './preferences.ts';
import { profilePage } from './profile.ts';

interface AccountPage {
  path: string;
  /** The message that names it among the pages of the account; none where another page leads there. */
  label?: string;
  /**
   * How long ago the person may have signed in, in seconds: who finds an open browser changes nothing that lasts. Then a
   * second factor, where there is one, has to be among what they signed in with, in a trusted browser too.
   */
  longestAge?: number;
  /** Of a form with a file. */
  read?: Middleware;
  page: DefinedPage<AccountRequest, AccountOutcome>;
}

const exporting: AccountPage = {
  path: '/account/export',
  label: 'export.title',
  longestAge: 600,
  page: exportPage,
};

/** Every page of the account, and what it asks of the sign-in. */
const accountPages = ({ profileRules, avatarMegabytes }: PagesDeps): readonly AccountPage[] => [
  { path: '/account', label: 'account.title', page: homePage },
  { path: '/account/profile', label: 'profile.title', page: profilePage(profileRules) },
  {
    path: '/account/avatar',
    label: 'avatar.title',
    read: readUpload(avatarMegabytes * 1024 * 1024),
    page: avatarPage,
  },
  { path: '/account/email', label: 'change-email.title', longestAge: 600, page: changeEmailPage },
  { path: '/account/password', label: 'account.change-password', longestAge: 600, page: passwordPage },
  { path: '/account/factors', label: 'factors.title', longestAge: 600, page: factorsPage },
  { path: '/account/factors/totp', longestAge: 600, page: accountTotpPage },
  { path: '/account/factors/passkey', longestAge: 600, page: accountPasskeyPage },
  { path: '/account/preferences', label: 'preferences.title', page: preferencesPage },
  exporting,
  { path: '/account/activity', label: 'activity.title', page: activityPage },
  { path: '/account/close', label: 'close.title', longestAge: 600, page: closeAccountPage },
];

/** Where people see to their own account. */
export function accountRoutes(router: Router, deps: PagesDeps): void {
  const pages = accountPages(deps);
  const places = pages.flatMap(({ path, label }) =>
    path === '/account' || label === undefined ? [] : [{ path, label }],
  );
  const requestOf = (ctx: Context, page: AccountPage) => requestFor(deps, ctx, page, places);
  copyRoutes(router, deps, ctx => requestOf(ctx, exporting));
  for (const each of pages) {
    router.get(each.path, named(each.path), async ctx => {
      const { state, error } = ctx.query;
      if (error !== undefined) return showNotice(deps, ctx, 'account.left');
      // Back from signing in, which knows one address only.
      if (state !== undefined) return seeOther(ctx, pathOf(pages, state));
      const request = await requestOf(ctx, each);
      if (request !== undefined) await each.page.show(request);
    });

    router.post(each.path, named(each.path), async ctx => {
      const request = await requestOf(ctx, each);
      if (request === undefined) return;
      // Of strangers nothing is read.
      await (each.read ?? readForm)(ctx, () => Promise.resolve());
      const outcome = await each.page.submit(request);
      if (outcome === 'done') seeOther(ctx, '/account');
      else if (outcome === undefined || outcome === 'shown') return;
      else if ('to' in outcome) seeOther(ctx, outcome.to);
      else showNotice(deps, ctx, outcome.notice);
    });
  }
}

/** @returns undefined where somebody has to sign in first */
async function requestFor(
  deps: PagesDeps,
  ctx: Context,
  { path, longestAge }: AccountPage,
  places: AccountRequest['places'],
): Promise<AccountRequest | undefined> {
  const session = await deps.provider().Session.get(ctx);
  const account =
    session.accountId === undefined
      ? undefined
      : await accountsRepository(deps.database).findById(session.accountId);
  const isFresh = longestAge === undefined || !session.past(longestAge);
  const isProvenEnough =
    longestAge === undefined || account === undefined || (await hasProved(deps, account, session));
  if (account?.status !== 'active' || !isFresh || !isProvenEnough) {
    signInFirst(deps, ctx, {
      redirectPath: '/account',
      state: path,
      ...(isProvenEnough ? {} : { acr_values: multiFactor }),
      ...(account === undefined || (account.status === 'active' && isFresh) ? {} : { prompt: 'login' }),
    });
    return undefined;
  }
  return {
    deps,
    ctx,
    account,
    sessionId: digest(session.uid),
    binding: `account/${session.uid}${path}`,
    action: path,
    places,
  };
}

/** Whether what somebody signed in with has their second factor in it, if they have one. */
async function hasProved(
  deps: PagesDeps,
  { id }: Account,
  session: Parameters<typeof achievedIn>[0],
): Promise<boolean> {
  if (isAtLeast(achievedIn(session).acr, multiFactor)) return true;
  return !(await hasFactors(deps, id));
}

/** Only our own: whatever comes back in an address was in the hands of the browser. */
function pathOf(pages: readonly AccountPage[], state: unknown): string {
  return pages.find(({ path }) => path === state)?.path ?? '/account';
}

function seeOther(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
}
