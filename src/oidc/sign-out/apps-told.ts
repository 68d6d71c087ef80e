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

/**
 * After a sign-out, in its request: the apps that this session was signed in to, and what became of telling them.
 * @param onlyFor `frames`: nobody is there to read it unless a frame has something to do, and nobody waits for nothing
 */
export async function appsTold(
  { oidc }: KoaContextWithOIDC,
  onlyFor: 'frames' | 'everybody',
): Promise<ToldApp[]> {
  const { provider, session, params } = oidc;
  if (params?.['logout'] === undefined || session === undefined) return [];
  const apps = await Promise.all(
    Object.entries(session.authorizations ?? {}).map(async ([clientId, { sid }]) => {
      const client = await provider.Client.find(clientId);
      return client === undefined ? [] : [{ client, frame: frameFor(client, provider.issuer, sid) }];
    }),
  );
  const known = apps.flat();
  if (onlyFor === 'frames' && known.every(({ frame }) => frame === undefined)) return [];
  const attempts = attemptsOf(oidc);
  const patience = wait(longestWait, false, { ref: false });
  return Promise.all(
    known.map(async ({ client, frame }) => {
      const attempt = attempts.get(client.clientId);
      if (attempt === undefined) return { client, frame, how: frame === undefined ? 'untold' : 'by_browser' };
      return { client, frame, how: (await Promise.race([attempt, patience])) ? 'told' : 'later' };
    }),
  );
}
