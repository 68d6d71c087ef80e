import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { accountsRepository, emailKeyOf, reopenAccount } from '../accounts/index.ts';
import { emailChallenges } from '../email-challenges/index.ts';
import { confirmEmail, findEmailChange, undoEmail } from '../email-change/index.ts';
import { digest } from '../kernel/index.ts';
import { resetFactors } from '../mfa/index.ts';
import { findLink } from '../one-use-links/index.ts';
import { lockDownByLink, unlockByLink } from '../recovery/index.ts';
import { confirmWords, reopenWords } from './confirm-words.ts';
import { definePage, type PageRequest } from './define-page.ts';
import { named } from './interaction-routes.ts';
import { showNotice } from './notice.ts';
import type { PagesDeps } from './pages-deps.ts';
import { forgetOnDevice } from './password-attempts.ts';
import { readForm } from './read-form.ts';
import { localeOf } from './render-page.ts';
import { confirmView } from './views/confirm.ts';

interface Question {
  heading: string;
  text: string;
  submit: string;
  email: string;
}

/** What came of it: `<notice>-title` and `<notice>-text` say it. */
interface Answer {
  notice: string;
  values: Record<string, string>;
}

interface Asking {
  deps: PagesDeps;
  ctx: Context;
  token: string;
  locale: string;
}

/** A link in a mail that asks one question. Opening it changes nothing, so that a scanner of mail may. */
interface ButtonLink {
  path: string;
  /** @returns undefined where the link is over */
  ask(asking: Asking): Promise<Question | undefined>;
  press(asking: Asking): Promise<Answer | undefined>;
}

const buttonLinks: readonly ButtonLink[] = [
  {
    path: '/reopen',
    async ask({ deps, token, locale }) {
      const account = await accountOf(deps, await findLink(deps, 'reopen', token));
      if (account?.status !== 'closing') return undefined;
      return { ...reopenWords(deps.templates.locales, locale, account), email: account.email };
    },
    async press({ deps, token, locale }) {
      const account = await reopenAccount(deps, { token }, locale);
      return account && { notice: 'reopen.done', values: { email: account.email } };
    },
  },
  {
    path: '/not-me',
    async ask({ deps, token, locale }) {
      const account = await accountOf(deps, await findLink(deps, 'alarm', token));
      return account && { ...confirmWords(deps.templates.locales, locale, 'not-me'), email: account.email };
    },
    async press({ deps, token, locale }) {
      const account = await lockDownByLink(deps, { token, locale });
      if (account === undefined) return undefined;
      await deps.endSessions(account.id);
      return { notice: 'not-me.done', values: { email: account.email } };
    },
  },
  {
    path: '/unlock',
    async ask({ deps, token, locale }) {
      const challenge = await emailChallenges(deps).findByToken('unlock', token);
      const account = await accountOf(deps, challenge);
      return account && { ...confirmWords(deps.templates.locales, locale, 'unlock'), email: account.email };
    },
    async press({ deps, ctx, token }) {
      const challenge = await emailChallenges(deps).findByToken('unlock', token);
      const account = challenge && (await unlockByLink(deps, { challenge, token }));
      if (account === undefined) return undefined;
      await forgetOnDevice(deps, ctx, emailKeyOf(account.email));
      return { notice: 'unlock.done', values: { email: account.email } };
    },
  },
  {
    path: '/confirm-email',
    async ask({ deps, token, locale }) {
      const challenge = await emailChallenges(deps).findByToken('change-email', token);
      const change = challenge && (await findEmailChange(deps, challenge));
      if (change === undefined) return undefined;
      return { ...confirmWords(deps.templates.locales, locale, 'confirm-email', change), email: change.to };
    },
    async press({ deps, token, locale }) {
      const challenge = await emailChallenges(deps).findByToken('change-email', token);
      const change = challenge && (await findEmailChange(deps, challenge));
      if (challenge === undefined || change === undefined) return undefined;
      const result = await confirmEmail(deps, { challenge, token, locale });
      if (result === undefined) return undefined;
      return {
        notice: result === 'half' ? 'confirm-email.half' : 'confirm-email.done',
        values: { email: change.to },
      };
    },
  },
  {
    path: '/reset-factors',
    async ask({ deps, token, locale }) {
      const account = await accountOf(deps, await findLink(deps, 'reset-factors', token));
      const words = confirmWords(deps.templates.locales, locale, 'reset-factors');
      return account && { ...words, email: account.email };
    },
    async press({ deps, token, locale }) {
      const account = await resetFactors(deps, { token, locale });
      if (account === undefined) return undefined;
      await deps.endSessions(account.id);
      return { notice: 'reset-factors.done', values: { email: account.email } };
    },
  },
  {
    path: '/undo-email',
    async ask({ deps, token, locale }) {
      const link = await findLink(deps, 'undo-email', token);
      const { email } = link?.about ?? {};
      if (email === undefined) return undefined;
      return { ...confirmWords(deps.templates.locales, locale, 'undo-email'), email };
    },
    async press({ deps, token, locale }) {
      const account = await undoEmail(deps, { token, locale });
      if (account === undefined) return undefined;
      await deps.endSessions(account.id);
      return { notice: 'undo-email.done', values: { email: account.email } };
    },
  },
];

export function buttonLinkRoutes(router: Router, deps: PagesDeps): void {
  for (const link of buttonLinks) {
    const path = `${link.path}/:token`;
    const page = pageOf(link);

    router.get(path, named(path), async ctx => {
      const request = await requestOf(deps, ctx, link);
      if (request === undefined) over(deps, ctx);
      else await page.show(request);
    });

    router.post(path, named(path), readForm, async ctx => {
      const request = await requestOf(deps, ctx, link);
      const outcome = request === undefined ? 'over' : await page.submit(request);
      if (outcome === 'over') over(deps, ctx);
      else if (outcome !== undefined) showNotice(deps, ctx, outcome.notice, { values: outcome.values });
    });
  }
}

interface LinkRequest extends PageRequest, Asking {
  question: Question;
}

function pageOf(link: ButtonLink) {
  return definePage({
    view: confirmView,
    form: z.object({}),
    show: ({ question }: LinkRequest) => ({ ...question, canCancel: false }),
    submit: async (request): Promise<Answer | 'over'> => (await link.press(request)) ?? 'over',
  });
}

async function requestOf(deps: PagesDeps, ctx: Context, link: ButtonLink): Promise<LinkRequest | undefined> {
  const token = String((ctx['params'] as { token?: unknown }).token);
  const locale = localeOf(deps.templates.locales, ctx, undefined);
  const question = await link.ask({ deps, ctx, token, locale });
  if (question === undefined) return undefined;
  return { deps, ctx, token, locale, question, binding: `${link.path}/${digest(token)}`, action: ctx.path };
}

async function accountOf(deps: PagesDeps, link: { accountId: string | undefined } | undefined) {
  return accountsRepository(deps.database).findById(link?.accountId ?? '');
}

function over(deps: PagesDeps, ctx: Context): void {
  showNotice(deps, ctx, 'link.over', { status: 410 });
}
