import { describeBrowser, type Locales } from '../templates/index.ts';

/** When something was done, and what is known of the request that did it. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  at: number;
  address?: string | undefined;
  userAgent?: string | undefined;
}

/** One line by which its owner may know whether it was them: "26 November 2026, 12:30 UTC · Firefox on Linux · 203.0.113.7". */
export function circumstancesInWords(
  locales: Locales,
  locale: string,
  { at, address, userAgent = '' }: Circumstances,
): string {
  const time = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  });
  const browser = describeBrowser(userAgent, (key, values) => locales.format(locale, key, values));
  const parts = [time.format(at), browser, ...(address === undefined ? [] : [address])];
  // Names and addresses in another script would change places with their neighbours: FSI … PDI (Unicode UAX #9).
  const isolated = locales.directionOf(locale) === 'rtl' ? parts.map(part => `\u2068${part}\u2069`) : parts;
  return isolated.join(' · ');
}
