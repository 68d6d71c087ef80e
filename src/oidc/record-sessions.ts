import { once } from 'node:events';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { recordEvent } from '../audit/index.ts';
import { type Clock, digest } from '../kernel/index.ts';
import type { Logger } from '../log/index.ts';
import { sessionsRepository } from '../sessions/index.ts';
import type { Database, Sealer } from '../store/index.ts';
import { assurancePrompt } from './assurance.ts';
import type { LimitSessions } from './sign-out/end-sessions.ts';

/** Uses are gathered, so that a silent sign-in does not wait for a row of its own. */
const gatherMs = 2_000;

/** Keeps the record of where people are signed in: who signs in is in it at once. */
export function recordSessions(
  provider: Provider,
  deps: { database: Database; clock: Clock; sealer: Sealer; log: Logger; limit: LimitSessions },
): void {
  const sessions = sessionsRepository(deps);
  let used = new Set<string>();

  const complain = (err: unknown) => deps.log.warn({ err }, 'where somebody is signed in was not noted');
  const noteUses = () => {
    const ids = [...used];
    used = new Set();
    sessions.use(ids).catch(complain);
  };

  // Not when the app gets its answer: who stops at the question for consent is signed in by then.
  provider.on('interaction.ended', ctx => {
    const { session, result, entities } = ctx.oidc;
    if (session?.accountId === undefined || result?.login === undefined) return;
    // Consent comes with what was said before it, and that is no other sign-in.
    if (entities.Interaction?.prompt.name === 'consent') return;
    const id = digest(session.uid);
    const { accountId, amr = [], loginTs } = session;
    const passwordAt = amr.includes('pwd') ? loginTs : undefined;
    const noted = sessions.start({ id, accountId, userAgent: ctx.get('User-Agent') });
    // It is stored before the answer leaves.
    Promise.all([noted, once(ctx.res, 'close')])
      .then(() => deps.limit({ accountId, id, passwordAt }))
      .catch(complain);
    const isStepUp = entities.Interaction?.prompt.name === assurancePrompt;
    const signIn = {
      type: isStepUp ? 'sign-in.stepped-up' : 'sign-in.succeeded',
      accountId,
      clientId: ctx.oidc.client?.clientId,
      details: { methods: amr.join(' ') },
    } as const;
    deps.database.prisma.$transaction(transaction => recordEvent(transaction, deps, signIn)).catch(complain);
  });

  provider.on('authorization.success', ctx => {
    const { session, result } = ctx.oidc;
    if (session?.accountId === undefined || result?.login !== undefined) return;
    if (used.size === 0) setTimeout(noteUses, gatherMs).unref();
    used.add(digest(session.uid));
  });

  provider.on('end_session.success', (ctx: KoaContextWithOIDC) => {
    const { session, params } = ctx.oidc;
    if (session === undefined || params?.['logout'] === undefined) return;
    sessions.end([digest(session.uid)]).catch(complain);
  });
}
