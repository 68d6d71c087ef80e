import type { Account } from '../accounts/index.ts';

/** Dates with times as this person reads them: in their own time zone, as far as they told it. */
export function timeInWords(locale: string, { claims }: Pick<Account, 'claims'>): (at: Date) => string {
  const zone = claims['zoneinfo'];
  const format = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone: typeof zone === 'string' ? zone : 'UTC',
  });
  return at => format.format(at);
}

/** A day, for what is known to the day. */
export function dateInWords(locale: string, at: Date): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(at);
}
