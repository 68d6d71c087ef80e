import { z } from 'zod';
import { auditRepository, type RecordedEvent } from '../../audit/index.ts';
import { isId } from '../../kernel/index.ts';
import { describeBrowser } from '../../templates/index.ts';
import { clientCard } from '../client-card.ts';
import { definePage } from '../define-page.ts';
import type { PagesDeps } from '../pages-deps.ts';
import { localeOf } from '../render-page.ts';
import { timeInWords } from '../time-in-words.ts';
import { type ActivityLine, activityView } from '../views/activity.ts';
import type { AccountRequest } from './account-request.ts';

const shownDays = 90;
const pageLength = 50;

/** What happened to the account, in words, so that its owner notices what was not theirs. */
export const activityPage = definePage({
  view: activityView,
  form: z.object({}),
  async show(request: AccountRequest) {
    const { deps, ctx, account } = request;
    const { before } = ctx.query;
    const since = new Date(deps.clock.now() - shownDays * 24 * 60 * 60 * 1000);
    const events = await auditRepository(deps).listOf(account.id, {
      since,
      before: typeof before === 'string' && isId(before) ? before : undefined,
      limit: pageLength + 1,
    });
    const shown = events.slice(0, pageLength);
    const oldest = shown.at(-1);
    return {
      lines: await linesOf(request, shown),
      older: events.length > pageLength && oldest !== undefined ? `${ctx.path}?before=${oldest.id}` : null,
    };
  },
  submit: (): Promise<'done'> => Promise.resolve('done'),
});

async function linesOf(
  { deps, ctx, account }: AccountRequest,
  events: readonly RecordedEvent[],
): Promise<ActivityLine[]> {
  const { locales } = deps.templates;
  const locale = localeOf(locales, ctx, undefined);
  const say = (key: string, values?: Record<string, string>) => locales.format(locale, key, values);
  const inWords = timeInWords(locale, account);
  const names = await namesOf(deps, events);
  return events.map(event => {
    const { type, at, clientId = '', actorKind, address, userAgent, details } = event;
    const app = names.get(clientId) ?? clientId;
    const isOwn = actorKind === 'account' || actorKind === 'anyone';
    const from = [
      isOwn ? undefined : say(`activity.by-${actorKind}`),
      userAgent === undefined ? undefined : describeBrowser(userAgent, say),
      address,
    ].filter(part => part !== undefined);
    return {
      what: say(`activity.${type}`, { ...details, app }),
      at: inWords(at),
      from: from.join(' · '),
    };
  });
}

async function namesOf(deps: PagesDeps, events: readonly RecordedEvent[]): Promise<Map<string, string>> {
  const ids = [...new Set(events.flatMap(({ clientId }) => clientId ?? []))];
  const clients = await Promise.all(ids.map(id => deps.provider().Client.find(id)));
  return new Map(
    clients.flatMap(client => (client === undefined ? [] : [[client.clientId, clientCard(client).name]])),
  );
}
