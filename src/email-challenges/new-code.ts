import { randomInt } from 'node:crypto';

/** Eight digits, so that five tries at it are worth nothing. */
export function newCode(): string {
  return String(randomInt(100_000_000)).padStart(8, '0');
}

/** As people read it. */
export function spacedCode(code: string): string {
  return `${code.slice(0, 4)} ${code.slice(4)}`;
}

/** As it is meant, with whatever stood between the digits. */
export function plainCode(entered: string): string {
  return entered.normalize('NFKC').replaceAll(/[\s\p{Pd}.]/gu, '');
}
