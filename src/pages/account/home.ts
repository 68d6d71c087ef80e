import { z } from 'zod';
import { displayNameOf } from '../../accounts/index.ts';
import { consentsRepository } from '../../consents/index.ts';
import { isFirstParty, withdrawConsent } from '../../oidc/index.ts';
import { sessionsRepository } from '../../sessions/index.ts';
import { clientCard } from '../client-card.ts';
import { definePage } from '../define-page.ts';
import { localeOf } from '../render-page.ts';
import { type AppLine, accountView, type SessionLine } from '../views/account.ts';
import type { AccountRequest } from './account-request.ts';
import { describeBrowser } from './describe-browser.ts';

/** Where somebody is signed in, and which apps have access; both can be ended here. */
export const homePage = definePage({
  view: accountView,
  form: z.object({
    end: z.string().optional(),
    withdraw: z.string().optional(),
    others: z.string().optional(),
  }),
  async show(request: AccountRequest) {
    const { account, places } = request;
    const sessions = await sessionLines(request);
    return {
      name: displayNameOf(account),
      email: account.email,
      isProven: account.isEmailVerified,
      places,
      sessions,
      hasOthers: sessions.some(({ isCurrent }) => !isCurrent),
      apps: await appLines(request),
    };
  },
  async submit({ deps, account, sessionId }, { end, withdraw, others }): Promise<'done'> {
    const accountId = account.id;
    if (others !== undefined) await deps.endSessions(accountId, { except: sessionId });
    else if (end !== undefined) await deps.endSessions(accountId, { only: end });
    else if (withdraw !== undefined) await withdrawConsent(deps, { accountId, clientId: withdraw });
    return 'done';
  },
});

async function sessionLines({ deps, ctx, account, sessionId }: AccountRequest): Promise<SessionLine[]> {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const sessions = await sessionsRepository(deps).listOf(account.id);
  const lines = sessions.map(({ id, userAgent, lastUsedAt }) => ({
    id,
    browser: describeBrowser(userAgent, (key, values) => locales.format(locale, key, values)),
    lastUsed: locales.format(locale, 'account.last-used', { at: lastUsedAt.getTime() }),
    isCurrent: id === sessionId,
  }));
  return lines.toSorted((one, other) => Number(other.isCurrent) - Number(one.isCurrent));
}

async function appLines({ deps, ctx, account }: AccountRequest): Promise<AppLine[]> {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const allowed = await consentsRepository(deps).clientsOf(account.id);
  const lines = await Promise.all(
    allowed.map(async ({ clientId, since }) => {
      const client = await deps.provider().Client.find(clientId);
      // An app of the house has its grant without being asked, and would have it again.
      if (client === undefined || isFirstParty(client)) return [];
      const text = locales.format(locale, 'account.since', { at: since.getTime() });
      return [{ id: clientId, name: clientCard(client).name, since: text }];
    }),
  );
  return lines.flat();
}
