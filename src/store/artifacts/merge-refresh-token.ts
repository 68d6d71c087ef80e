type Payload = Record<string, unknown>;

/**
 * Two requests that rotate the same refresh token both arrive at the same successor: it does not matter who was first.
 * @returns undefined when somebody else rotated it further meanwhile
 */
export function mergeRefreshToken(_base: Payload, mine: Payload, theirs: Payload): Payload | undefined {
  return mine['current'] === theirs['current'] ? theirs : undefined;
}
