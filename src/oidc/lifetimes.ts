/** How long things live, in seconds. */

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export const lifetimes = {
  interaction: hour,
  authorizationCode: minute,
  accessToken: 10 * minute,
  idToken: hour,
  /** A refresh token not used for this long is dead. */
  refreshTokenIdle: 14 * day,
  /** However often it is rotated, a chain of refresh tokens ends after this. */
  refreshTokenTotal: 90 * day,
  session: 14 * day,
  deviceCode: 10 * minute,
  pushedAuthorizationRequest: minute,
} as const;

/**
 * The provider fixes a grant's life when it is made and never extends it, so it must outlast the longest chain of
 * refresh tokens that can hang on it, begun on the last day of a session.
 */
export const grantLifetime = lifetimes.refreshTokenTotal + lifetimes.session + day;
