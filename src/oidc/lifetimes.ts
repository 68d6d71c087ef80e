import type { Client, KoaContextWithOIDC, RefreshToken } from 'oidc-provider';
import { type Clock, epochSeconds } from '../kernel/index.ts';

/** How long things live, in seconds. */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export const lifetimes = {
  interaction: hour,
  authorizationCode: minute,
  accessToken: 10 * minute,
  idToken: hour,
  deviceCode: 10 * minute,
  pushedAuthorizationRequest: minute,
  backchannelRequest: 10 * minute,
} as const;

export interface RefreshTokenPolicy {
  /** A refresh token not used for this long is dead. */
  idleSeconds: number;
  /** However often it is rotated, a chain of refresh tokens ends after this. */
  totalSeconds: number;
  /** For this long after a rotation a client may ask once more. */
  retrySeconds: number;
}

export interface SessionPolicy {
  /** A session that no app uses for this long is over. */
  idleSeconds: number;
  /** However much it is used, it ends this long after the sign-in. */
  totalSeconds: number;
  /** An account is signed in in so many browsers at most. */
  most: number;
}

/** What is left of a session that is used now. */
export function sessionLifetime({ idleSeconds, totalSeconds }: SessionPolicy, clock: Clock) {
  return (_ctx: unknown, { loginTs }: { loginTs?: number | undefined }): number => {
    if (loginTs === undefined) return idleSeconds;
    return Math.max(1, Math.min(idleSeconds, loginTs + totalSeconds - epochSeconds(clock)));
  };
}

/**
 * The provider fixes a grant's life when it is made and never extends it, so it must outlast the longest chain of
 * refresh tokens that can hang on it, begun on the last day of a session.
 */
export function grantLifetime(refreshTokens: RefreshTokenPolicy, sessions: SessionPolicy): number {
  return refreshTokens.totalSeconds + sessions.totalSeconds + day;
}

/** Client metadata of ours, in seconds: a client may ask for less than everybody gets. */
export const idleLifetime = 'refresh_token_idle_lifetime';
export const totalLifetime = 'refresh_token_total_lifetime';

/** What is left of a refresh token that is made or rotated now. */
export function refreshTokenLifetime(policy: RefreshTokenPolicy) {
  return (_ctx: KoaContextWithOIDC, token: RefreshToken, client: Client): number => {
    const idle = Math.min(policy.idleSeconds, Number(client[idleLifetime] ?? policy.idleSeconds));
    const total = Math.min(policy.totalSeconds, Number(client[totalLifetime] ?? policy.totalSeconds));
    return Math.max(1, Math.min(idle, total - token.totalLifetime()));
  };
}
