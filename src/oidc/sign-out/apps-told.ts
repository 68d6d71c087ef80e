import { setTimeout as wait } from 'node:timers/promises';
import type { Client, KoaContextWithOIDC } from 'oidc-provider';
import { attemptsOf } from './back-channel.ts';
import { frameFor } from './front-channel.ts';

export interface ToldApp {
  client: Client;
  /**
   * told: it answered. later: it will be told as soon as it can be reached. by_browser: the frame tells it.
   * untold: it has no way to be told.
   */
  how: 'told' | 'later' | 'by_browser' | 'untold';
  frame: string | undefined;
}

/** People wait for this; apps that are slower are told all the same. In milliseconds. */
const longestWait = 1_000;

/** After a sign-out, in its request: the apps that this session was signed in to, and what became of telling them. */
export async function appsTold({ oidc }: KoaContextWithOIDC): Promise<ToldApp[]> {
  const { provider, session, params } = oidc;
  if (params?.['logout'] === undefined || session === undefined) return [];
  const attempts = attemptsOf(oidc);
  const patience = wait(longestWait, 'later' as const, { ref: false });
  const apps = Object.entries(session.authorizations ?? {}).map(async ([clientId, { sid }]) => {
    const client = await provider.Client.find(clientId);
    if (client === undefined) return [];
    const attempt = attempts.get(clientId);
    const answer = attempt?.then(told => (told ? ('told' as const) : ('later' as const)));
    const frame = frameFor(client, provider.issuer, sid);
    const how =
      answer === undefined
        ? frame === undefined
          ? ('untold' as const)
          : ('by_browser' as const)
        : await Promise.race([answer, patience]);
    return [{ client, how, frame }];
  });
  return (await Promise.all(apps)).flat();
}
