import { type Client, Provider } from 'oidc-provider';
import type { Logger } from '../../log/index.ts';
import type { DueLogout, LogoutQueue } from '../../sign-out/index.ts';
import { guard } from '../guard.ts';

type Send = (this: Client, accountId: string, sid: string) => Promise<void>;

export type BackChannel = ReturnType<typeof createBackChannel>;

const atOnce = 10;

/** Attempts under way in the request that signs out, by client: the page that says who was told looks at them. */
const underWay = new WeakMap<object, Map<string, Promise<boolean>>>();

/**
 * OpenID Connect Back-Channel Logout 1.0. The provider would tell the apps within the sign-out and once only; here each is
 * written down first, told at once, and told again until it has heard. The token is made anew for every attempt.
 */
export function createBackChannel({ queue, log }: { queue: LogoutQueue; log: Logger }) {
  const sends = new WeakMap<Provider, Send>();

  async function attempt(provider: Provider, logout: DueLogout): Promise<boolean> {
    const about = { client_id: logout.clientId, attempts: logout.attempts };
    try {
      const client = await provider.Client.find(logout.clientId);
      const send = sends.get(provider);
      if (client?.backchannelLogoutUri === undefined || send === undefined) throw new Error('client_gone');
      await send.call(client, logout.accountId, logout.sid);
    } catch (error) {
      const reason = reasonOf(error);
      const isLast = await queue.postpone(logout, reason);
      const event = isLast ? 'backchannel_logout.failed' : 'backchannel_logout.postponed';
      log.warn({ event, reason, ...about }, 'an app was not told of a sign-out');
      return false;
    }
    await queue.finish(logout);
    log.info({ event: 'backchannel_logout.delivered', ...about }, 'an app was told of a sign-out');
    return true;
  }

  return {
    /** From now on this provider tells apps through the queue. */
    takeOver(provider: Provider): void {
      const { prototype } = provider.Client as unknown as { prototype: { backchannelLogout: Send } };
      sends.set(provider, prototype.backchannelLogout);
      prototype.backchannelLogout = async function backchannelLogout(accountId, sid) {
        const { clientId } = this;
        const logout = await guard(() => queue.add({ clientId, accountId, sid }));
        const told = attempt(provider, logout).catch((err: unknown) => {
          // It stays in the queue.
          log.warn(
            { event: 'backchannel_logout.postponed', client_id: clientId, err },
            'an app was not told',
          );
          return false;
        });
        const { ctx } = Provider;
        if (ctx === undefined) return;
        const all = underWay.get(ctx.oidc) ?? new Map<string, Promise<boolean>>();
        underWay.set(ctx.oidc, all.set(clientId, told));
      };
    },

    /** Tells the apps that are due. To be called again and again, in every process. @returns how many were due */
    async deliverDue(provider: Provider): Promise<number> {
      const due = await queue.take(atOnce);
      await Promise.all(due.map(logout => attempt(provider, logout)));
      return due.length;
    },

    removeOld: () => queue.removeOld(),
  };
}

/** By client: whether it has heard, as soon as that is known. */
export function attemptsOf(oidc: object): ReadonlyMap<string, Promise<boolean>> {
  return underWay.get(oidc) ?? new Map<string, Promise<boolean>>();
}

/** The status of the answer, or the code of why there was none. */
function reasonOf(error: unknown): string {
  const { response, reason, message } = error as {
    response?: { status: number };
    reason?: string;
    message?: string;
  };
  if (response !== undefined) return String(response.status);
  return reason ?? (message === 'client_gone' ? message : 'unreachable');
}
