import { z } from 'zod';
import { displayNameOf } from '../../accounts/index.ts';
import { avatarPath } from '../../avatars/index.ts';
import { consentsRepository } from '../../consents/index.ts';
import { hasSecondFactor, standingRepository } from '../../mfa/index.ts';
import { accountClient, clientsOfSession, isFirstParty, withdrawConsent } from '../../oidc/index.ts';
import { passwordsRepository } from '../../passwords/index.ts';
import { sessionsRepository } from '../../sessions/index.ts';
import { describeBrowser } from '../../templates/index.ts';
import { initialOf } from '../brand/monogram.ts';
import { clientCard } from '../client-card.ts';
import { definePage } from '../define-page.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { localeOf } from '../render-page.ts';
import { dateInWords } from '../time-in-words.ts';
import { type AppLine, accountView, type SessionLine } from '../views/account.ts';
import type { AccountRequest } from './account-request.ts';

/** Where somebody is signed in, and which apps have access; both can be ended here. */
export const homePage = definePage({
  view: accountView,
  form: z.object({
    end: z.string().optional(),
    withdraw: z.string().optional(),
    others: z.string().optional(),
  }),
  async show(request: AccountRequest) {
    const { deps, ctx, account, places } = request;
    const { locales } = deps.templates;
    const locale = localeOf(locales, ctx, undefined);
    const sessions = await sessionLines(request);
    const changedAt = await passwordsRepository(deps.database).changedAt(account.id);
    const standing = await standingRepository(deps.database, deps.factorPolicies).of(account.id);
    const hasFactor = standing !== undefined && hasSecondFactor(standing.means);
    return {
      name: displayNameOf(account),
      email: account.email,
      avatar: account.avatarName === undefined ? null : avatarPath(account.avatarName),
      initial: initialOf(displayNameOf(account)),
      security: [
        changedAt === undefined
          ? locales.format(locale, 'account.no-password')
          : locales.format(locale, 'account.password-set', { date: dateInWords(locale, changedAt) }),
        ...(hasFactor || standing?.policy !== 'off'
          ? [locales.format(locale, `account.${hasFactor ? 'second' : 'no-second'}-factor`)]
          : []),
        locales.format(locale, 'account.browsers', { count: sessions.length }),
      ],
      isProven: account.isEmailVerified,
      places,
      sessions,
      hasOthers: sessions.some(({ isCurrent }) => !isCurrent),
      apps: await appLines(request),
    };
  },
  async submit({ deps, ctx, account, sessionId }, { end, withdraw, others }): Promise<'done'> {
    const accountId = account.id;
    if (others !== undefined) {
      const told = { to: account.email, locale: localeOf(deps.templates.locales, ctx, undefined) };
      await deps.endSessions(accountId, { except: sessionId, told });
      deps.outbox.soon();
    }
    if (end !== undefined) await deps.endSessions(accountId, { only: end });
    else if (withdraw !== undefined) await withdrawConsent(deps, { accountId, clientId: withdraw });
    return 'done';
  },
});

async function sessionLines({ deps, ctx, account, sessionId }: AccountRequest): Promise<SessionLine[]> {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const sessions = await sessionsRepository(deps).listOf(account.id);
  const list = new Intl.ListFormat(locale);
  const open = await Promise.all(
    sessions.map(async ({ id, userAgent, lastUsedAt }) => {
      const clientIds = await clientsOfSession(deps.artifacts, id);
      // The record notices later than the store that one is over.
      if (clientIds === undefined) return [];
      const names = await namesOf(deps, clientIds);
      return {
        id,
        browser: describeBrowser(userAgent, (key, values) => locales.format(locale, key, values)),
        lastUsed: locales.format(locale, 'account.last-used', { at: lastUsedAt.getTime() }),
        apps:
          names.length === 0
            ? null
            : locales.format(locale, 'account.apps-there', { apps: list.format(names) }),
        isCurrent: id === sessionId,
      };
    }),
  );
  const lines = open.flat();
  return lines.toSorted((one, other) => Number(other.isCurrent) - Number(one.isCurrent));
}

/** Of the apps that somebody is signed in to; their own pages are none. */
async function namesOf(deps: PagesDeps, clientIds: readonly string[]): Promise<string[]> {
  const others = clientIds.filter(id => id !== accountClient);
  const clients = await Promise.all(others.map(id => deps.provider().Client.find(id)));
  return clients.flatMap(client => (client === undefined ? [] : [clientCard(client).name])).toSorted();
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
