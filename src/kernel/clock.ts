/** The only source of time. Tests pass a frozen one; nothing else may ask the machine what time it is. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** NumericDate (RFC 7519 section 2): whole seconds since the epoch, as protocol messages carry them. */
export function epochSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

export function dateOf(clock: Clock): Date {
  return new Date(clock.now());
}
