type Payload = Record<string, unknown>;
type Authorizations = Record<string, unknown>;

/**
 * A session is one document that parallel requests of one browser all want to change. Each adds or removes what it
 * did itself: what others added stays, and what anybody removed (a sign-out) stays removed.
 * @returns undefined when somebody else signed in or out meanwhile, so that there is nothing to merge
 */
export function mergeSession(base: Payload, mine: Payload, theirs: Payload): Payload | undefined {
  if (!isSameLogin(theirs, base) && !isSameLogin(theirs, mine)) return undefined;
  // I signed in meanwhile: what another account was granted is none of this session.
  if (mine['accountId'] !== theirs['accountId']) return mine;
  const authorizations = mergeAuthorizations(
    authorizationsOf(base),
    authorizationsOf(mine),
    authorizationsOf(theirs),
  );
  return { ...mine, authorizations };
}

function isSameLogin(a: Payload, b: Payload): boolean {
  return a['accountId'] === b['accountId'] && a['loginTs'] === b['loginTs'];
}

function authorizationsOf(payload: Payload): Authorizations {
  return (payload['authorizations'] ?? {}) as Authorizations;
}

function mergeAuthorizations(
  base: Authorizations,
  mine: Authorizations,
  theirs: Authorizations,
): Authorizations {
  const clients = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  const merged: [string, unknown][] = [];
  for (const client of clients) {
    const inMine = Object.hasOwn(mine, client);
    const inTheirs = Object.hasOwn(theirs, client);
    // In one of the two only: either new there, or removed by the other.
    if (inMine !== inTheirs && Object.hasOwn(base, client)) continue;
    const isUnchanged = JSON.stringify(mine[client]) === JSON.stringify(base[client]);
    merged.push([client, inTheirs && (!inMine || isUnchanged) ? theirs[client] : mine[client]]);
  }
  return Object.fromEntries(merged);
}
