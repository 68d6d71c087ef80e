/** Owns time, ids, secrets, ranges of addresses and errors, on which everything else stands. Imports nothing of ours and knows no rule. */
export { type AddressRange, isAddressRange, isInRanges, parseRange } from './address-ranges.ts';
export { type Clock, dateOf, epochSeconds, systemClock } from './clock.ts';
export { AppError, type ErrorCode, StartupError, unavailable } from './errors.ts';
export { isId, madeAt, newId, nobody } from './ids.ts';
export { isText } from './is-text.ts';
export { perTurn } from './per-turn.ts';
export { digest, keyedDigest, newSecret, sameSecret } from './secrets.ts';
